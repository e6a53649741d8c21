// SPDX-License-Identifier: Apache-2.0
#include "harness/net/request_template.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

namespace queuemeter {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::array<std::string, 1> places{"call.id"};

class Seven final : public PlaceFiller {
 public:
  void fill(std::size_t, std::string& text) const override { text += "7"; }
};

/// A text as `change` leaves it.
template <class Change>
RequestText text_with(Change change) {
  RequestText text;
  change(text);
  return text;
}

std::string head_of(const RequestText& text) {
  std::string head;
  RequestTemplate::make(text, places).value().append_head(head, Seven{});
  return head;
}

TEST(RequestTemplate, WritesTheHead) {
  EXPECT_EQ(head_of({.method = "PUT",
                     .target = "/orders/{call.id}?x=1",
                     .authority = "example.org:8080",
                     .headers = {{"X-Id", "<{call.id}>"}},
                     .body = R"({"id": {call.id}})"}),
            "PUT /orders/7?x=1 HTTP/1.1\r\nHost: example.org:8080\r\nUser-Agent: queuemeter\r\n"
            "Content-Type: application/json\r\nX-Id: <7>\r\n");
}

TEST(RequestTemplate, WritesTheBody) {
  const auto made =
      RequestTemplate::make(
          text_with([](RequestText& text) { text.body = R"({"id": {call.id}})"; }), places)
          .value();
  std::string body;
  made.append_body(body, Seven{});
  EXPECT_EQ(body, R"({"id": 7})");
}

TEST(RequestTemplate, LetsAHeaderReplaceOurs) {
  const std::string head = head_of(text_with([](RequestText& text) {
    text.authority = "a:80";
    text.headers = {{"host", "site.example"}, {"content-type", "text/csv"}, {"User-agent", "me"}};
  }));
  EXPECT_THAT(head, HasSubstr("Host: site.example\r\n"));
  EXPECT_THAT(head, HasSubstr("Content-Type: text/csv\r\n"));
  EXPECT_THAT(head, HasSubstr("User-Agent: me\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("queuemeter")));
  EXPECT_THAT(head, Not(HasSubstr("a:80")));
}

TEST(RequestTemplate, SendsContentWhereTheMethodHasAny) {
  const auto sends = [](std::string method, std::optional<std::string> body) {
    RequestText text;
    text.method = std::move(method);
    text.body = std::move(body);
    return RequestTemplate::make(text, places).value().sends_content();
  };
  EXPECT_TRUE(sends("POST", std::nullopt));
  EXPECT_TRUE(sends("PATCH", std::nullopt));
  EXPECT_FALSE(sends("GET", std::nullopt));
  EXPECT_FALSE(sends("HEAD", std::nullopt));
  EXPECT_TRUE(sends("GET", "x")) << "somebody wrote one";
  EXPECT_THAT(head_of(text_with([](RequestText& text) { text.method = "GET"; })),
              Not(HasSubstr("Content-Type")));
}

TEST(RequestTemplate, SaysThatItCloses) {
  EXPECT_THAT(head_of(text_with([](RequestText& text) { text.keeps_connection = false; })),
              HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(head_of({}), Not(HasSubstr("Connection")));
}

std::string fault_of(const RequestText& text) {
  const auto made = RequestTemplate::make(text, places);
  return made.has_error() ? made.error().what : "";
}

TEST(RequestTemplate, RefusesWhatWouldBreakTheRequest) {
  EXPECT_THAT(fault_of(text_with([](RequestText& text) { text.method = "GE T"; })),
              HasSubstr("method"));
  EXPECT_THAT(fault_of(text_with([](RequestText& text) {
                text.headers = {{"X\r\nY", "1"}};
              })),
              HasSubstr("no name of a header"));
  EXPECT_THAT(fault_of(text_with([](RequestText& text) {
                text.headers = {{"", "1"}};
              })),
              HasSubstr("no name of a header"));
  EXPECT_THAT(fault_of(text_with([](RequestText& text) {
                text.headers = {{"X", "1\r\nY: 2"}};
              })),
              HasSubstr("headers.X"));
  EXPECT_THAT(fault_of(text_with([](RequestText& text) {
                text.headers = {{"Content-Length", "1"}};
              })),
              HasSubstr("queuemeter says this"));
  EXPECT_THAT(fault_of(text_with([](RequestText& text) {
                text.headers = {{"transfer-encoding", "chunked"}};
              })),
              HasSubstr("queuemeter says this"));
  EXPECT_THAT(fault_of(text_with([](RequestText& text) {
                text.headers = {{"X", "{call.no}"}};
              })),
              HasSubstr("headers.X: {call.no}"));
  EXPECT_THAT(fault_of(text_with([](RequestText& text) { text.target = "/{call.no}"; })),
              HasSubstr("url: {call.no}"));
  EXPECT_THAT(fault_of(text_with([](RequestText& text) { text.body = "{call.no}"; })),
              HasSubstr("body: {call.no}"));
}

}  // namespace
}  // namespace queuemeter
