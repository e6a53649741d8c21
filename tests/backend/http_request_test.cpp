// SPDX-License-Identifier: Apache-2.0
// What a request says and what an answer must be, over real sockets.
#include "harness/backend/http_backend.hpp"
#include "tests/backend/client_driver.hpp"
#include "tests/backend/scripted_server.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <unistd.h>
#include <vector>

namespace queuemeter {
namespace {

using testing::HasSubstr;

/// A file that is gone with the test.
class ScratchFile {
 public:
  explicit ScratchFile(const std::string& text)
      : path_{std::filesystem::temp_directory_path() /
              fmt::format("queuemeter-{}-{}", ::getpid(), ++count_)} {
    std::ofstream{path_, std::ios::binary} << text;
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile() { std::filesystem::remove(path_); }
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  inline static int count_ = 0;
  std::filesystem::path path_;
};

/// The requests of some calls, one after the other, as the server got them.
std::vector<std::string> requests_of(HttpBackendSettings settings, std::size_t calls,
                                     const std::string& target = "/") {
  std::promise<std::vector<std::string>> promise;
  ScriptedServer server{[&](ScriptedPeer& peer, std::size_t) {
    std::vector<std::string> seen;
    while (seen.size() < calls) {
      seen.push_back(peer.read_request());
      peer.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
    promise.set_value(std::move(seen));
  }};
  settings.url = server.url(target);
  ClientDriver driver{settings};
  for (std::size_t call = 0; call < calls; ++call) {
    EXPECT_EQ(driver.call(5).reason, Reason::none);
  }
  return promise.get_future().get();
}

std::string body_of(const std::string& request) {
  return request.substr(request.find("\r\n\r\n") + 4);
}

TEST(HttpRequest, FillsTheTemplatesOfEachCall) {
  const ScratchFile data{"user,token\nann,t1\nbob,t2\n"};
  HttpBackendSettings settings;
  settings.client.method = "PUT";
  settings.request.headers = {{"Authorization", "Bearer {csv.token}"}, {"X-Class", "{call.class}"}};
  settings.request.body = R"({"call": "{call.id}", "user": "{csv.user}"})";
  settings.request.data = data.path();
  settings.class_names = {"page"};

  const auto requests = requests_of(settings, 3, "/orders/{call.sequence}");

  EXPECT_THAT(requests[0], HasSubstr("PUT /orders/0 HTTP/1.1\r\n"));
  EXPECT_EQ(header_of(requests[0], "Authorization"), "Bearer t1");
  EXPECT_EQ(header_of(requests[0], "X-Class"), "page");
  EXPECT_EQ(header_of(requests[0], "Content-Type"), "application/json");
  EXPECT_EQ(body_of(requests[0]), R"({"call": "0-0", "user": "ann"})");
  EXPECT_THAT(requests[1], HasSubstr("PUT /orders/1 HTTP/1.1\r\n"));
  EXPECT_EQ(body_of(requests[1]), R"({"call": "0-1", "user": "bob"})");
  EXPECT_EQ(header_of(requests[2], "Authorization"), "Bearer t1") << "the rows begin anew";
}

TEST(HttpRequest, TakesItsBodyFromAFile) {
  const ScratchFile body{"<order id='{call.sequence}'/>"};
  HttpBackendSettings settings;
  settings.request.body = "@" + body.path();

  const auto requests = requests_of(settings, 2);

  EXPECT_EQ(body_of(requests[1]), "<order id='1'/>");
  EXPECT_EQ(header_of(requests[1], "Content-Length"), "15");
}

TEST(HttpRequest, APlainGetCarriesNothing) {
  HttpBackendSettings settings;
  settings.client.method = "GET";

  const auto requests = requests_of(settings, 1);

  EXPECT_THAT(requests[0], HasSubstr("GET / HTTP/1.1\r\n"));
  EXPECT_EQ(header_of(requests[0], "Content-Length"), "");
  EXPECT_EQ(header_of(requests[0], "Content-Type"), "");
  EXPECT_EQ(body_of(requests[0]), "");
}

TEST(HttpRequest, FilesAndPlacesThatAreNotThereAreUsageErrors) {
  const ScratchFile data{"user\na b\n"};
  const auto fault = [&](auto change) {
    HttpBackendSettings settings;
    settings.url = "http://127.0.0.1:1/";
    change(settings);
    const auto backend = make_http_backend(settings);
    EXPECT_TRUE(backend.has_error());
    return backend.has_error() && backend.error().kind == Error::Kind::usage ? backend.error().what
                                                                             : "";
  };
  EXPECT_THAT(fault([](auto& settings) { settings.request.body = "@/no/such/file"; }),
              HasSubstr("body: \"/no/such/file\""));
  EXPECT_THAT(fault([](auto& settings) { settings.request.data = "/no/such/file"; }),
              HasSubstr("data: \"/no/such/file\""));
  EXPECT_THAT(fault([](auto& settings) { settings.request.body = "{csv.user}"; }),
              HasSubstr("body: {csv.user}"));
  EXPECT_THAT(fault([&](auto& settings) {
                settings.request.data = data.path();
                settings.target = "/{csv.user}";
              }),
              HasSubstr("data: the column user"));
}

/// Texts of the one who begins the calls.
class Numbered final : public CallPlaces {
 public:
  void append_callback(const Call& call, std::string& text) const override {
    text += fmt::format("http://me/{}", call.sequence);
  }
  void append_result(const Call& call, std::string& text) const override {
    text += fmt::format("/results/{}", call.sequence + 100);
  }
};

TEST(HttpRequest, AsksTheOneWhoBeginsTheCalls) {
  std::promise<std::string> request;
  ScriptedServer server{[&](ScriptedPeer& peer, std::size_t) {
    request.set_value(peer.read_request());
    peer.answer("");
  }};
  HttpBackendSettings settings;
  settings.url = server.url();
  settings.target = "{result}";
  settings.request.headers = {{"X-Callback", "{callback}"}};
  const Numbered places;
  ClientDriver driver{settings, &places};

  EXPECT_EQ(driver.call().reason, Reason::none);

  const std::string text = request.get_future().get();
  EXPECT_THAT(text, HasSubstr("POST /results/100 HTTP/1.1\r\n"));
  EXPECT_EQ(header_of(text, "X-Callback"), "http://me/0");
}

TEST(HttpRequest, EachCallerSendsBackWhatTheServerSetForIt) {
  std::promise<std::vector<std::string>> promise;
  ScriptedServer server{[&](ScriptedPeer& peer, std::size_t) {
    std::vector<std::string> cookies;
    for (const char* set : {"Set-Cookie: id=7; Path=/; HttpOnly\r\nset-cookie: lang=de\r\n", "",
                            "Set-Cookie: id=8\r\nSet-Cookie: lang=; Max-Age=0\r\n", ""}) {
      cookies.push_back(header_of(peer.read_request(), "Cookie"));
      peer.say(fmt::format("HTTP/1.1 200 OK\r\n{}Content-Length: 0\r\n\r\n", set));
    }
    promise.set_value(cookies);
  }};
  HttpBackendSettings settings;
  settings.url = server.url();
  settings.client.cookies = HttpClientSettings::Cookies::caller;
  ClientDriver driver{settings};

  for (const std::uint32_t caller : {1U, 2U, 1U, 1U}) {
    driver.caller = caller;
    EXPECT_EQ(driver.call().reason, Reason::none);
  }

  EXPECT_EQ(promise.get_future().get(),
            (std::vector<std::string>{"", "", "id=7; lang=de", "id=8"}));
}

/// The reply of a server that answers with these bytes.
Reply reply_to(const std::string& bytes, HttpBackendSettings settings) {
  ScriptedServer server{[&](ScriptedPeer& peer, std::size_t) {
    while (!peer.read_request().empty()) {
      peer.say(bytes);
    }
  }};
  settings.url = server.url();
  ClientDriver driver{settings};
  Reply first = driver.call();
  EXPECT_EQ(driver.call().reason, first.reason) << "the next answer is looked at afresh";
  return first;
}

template <class Change>
HttpBackendSettings expecting(Change change) {
  HttpBackendSettings settings;
  change(settings.client.expect);
  return settings;
}

TEST(HttpExpectation, AStatusThatIsExpectedIsARightAnswer) {
  const HttpBackendSettings settings = expecting(
      [](HttpExpectation& expected) { expected.status = StatusSet::parse("3xx,404,503").value(); });
  const auto reason = [&](const char* status) {
    return reply_to(fmt::format("HTTP/1.1 {} X\r\nContent-Length: 0\r\n\r\n", status), settings)
        .reason;
  };
  EXPECT_EQ(reason("302"), Reason::none);
  EXPECT_EQ(reason("404"), Reason::none);
  EXPECT_EQ(reason("503"), Reason::none);
  EXPECT_EQ(reason("200"), Reason::wrong_answer);
  EXPECT_EQ(reason("500"), Reason::backend_error);
  EXPECT_EQ(reason("429"), Reason::backend_quota);
}

TEST(HttpExpectation, ABodyMustContainTheText) {
  const HttpBackendSettings settings =
      expecting([](HttpExpectation& expected) { expected.body = "\"ok\""; });
  EXPECT_EQ(reply_to("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n[\"ok\"]", settings).reason,
            Reason::none);
  EXPECT_EQ(reply_to("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[\"o\r\n3\r\n"
                     "k\"]\r\n0\r\n\r\n",
                     settings)
                .reason,
            Reason::none)
      << "however it is cut";
  EXPECT_EQ(reply_to("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfail", settings).reason,
            Reason::wrong_answer);
  EXPECT_EQ(reply_to("HTTP/1.1 204 No Content\r\n\r\n", settings).reason, Reason::wrong_answer);
}

TEST(HttpExpectation, JsonMustSayTheValuesAtItsPointers) {
  const HttpBackendSettings settings = expecting([](HttpExpectation& expected) {
    expected.json = {{"/state", "done"}, {"/items/1/n", "7"}, {"/ok", "true"}, {"/none", "null"}};
  });
  const auto reason = [&](const std::string& body) {
    return reply_to(
               fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body),
               settings)
        .reason;
  };
  EXPECT_EQ(reason(R"({"state":"done","items":[{},{"n":7}],"ok":true,"none":null})"), Reason::none);
  EXPECT_EQ(reason(R"({"state":"open","items":[{},{"n":7}],"ok":true,"none":null})"),
            Reason::wrong_answer);
  EXPECT_EQ(reason(R"({"state":"done","items":[{}],"ok":true,"none":null})"), Reason::wrong_answer);
  EXPECT_EQ(reason("done 7 true null"), Reason::wrong_answer);
  EXPECT_EQ(reason(""), Reason::wrong_answer);
}

TEST(HttpReply, TellsItsStatus) {
  const Reply reply = reply_to("HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n", {});
  EXPECT_EQ(reply.reason, Reason::backend_error);
  EXPECT_EQ(reply.status, 418);
}

TEST(HttpReply, ShowsWhatTheSinkAskedFor) {
  ScriptedServer server{[&](ScriptedPeer& peer, std::size_t) {
    for (int n = 0; !peer.read_request().empty(); ++n) {
      peer.say(
          fmt::format("HTTP/1.1 202 Accepted\r\nLocation:  /calls/{} \r\n"
                      "Content-Length: 10\r\n\r\n{}123456789",
                      n, n));
    }
  }};
  for (const bool asks : {true, false}) {
    HttpBackendSettings settings;
    settings.url = server.url();
    if (asks) {
      settings.kept = {.location = true, .body_bytes = 4};
    }
    ClientDriver driver{settings};
    std::vector<std::string> seen;
    driver.then = [&](CallHandle, const Reply& reply) {
      seen.push_back(fmt::format("{} {} {}", reply.status, reply.location, reply.body));
    };

    EXPECT_EQ(driver.call().reason, Reason::none);
    EXPECT_EQ(driver.call().reason, Reason::none);

    EXPECT_EQ(seen, asks ? (std::vector<std::string>{"202 /calls/0 0123", "202 /calls/1 1123"})
                         : (std::vector<std::string>{"202  ", "202  "}));
  }
}

}  // namespace
}  // namespace queuemeter
