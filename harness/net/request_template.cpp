// SPDX-License-Identifier: Apache-2.0
#include "harness/net/request_template.hpp"

#include "harness/call/in_quotes.hpp"
#include "harness/net/http_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace queuemeter {
namespace {

using Header = std::pair<std::string, std::string>;

/// What says how long the request is and who keeps the connection: ours to say.
constexpr std::array<std::string_view, 6> ours{"content-length", "transfer-encoding", "connection",
                                               "keep-alive",     "upgrade",           "te"};

/// Methods whose requests have no content unless somebody writes a body (RFC 9110, section 9.3).
constexpr std::array<std::string_view, 6> without_content{"GET",     "HEAD",  "DELETE",
                                                          "OPTIONS", "TRACE", "CONNECT"};

bool contains(std::span<const std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string lowered(std::string_view text) {
  std::string lower{text};
  std::transform(lower.begin(), lower.end(), lower.begin(), lower_case);
  return lower;
}

std::optional<Error> fault_of(const Header& header) {
  const auto& [name, value] = header;
  if (name.empty() || !is_all_http(name, HttpByte::token)) {
    return Error::usage(fmt::format("headers: {} is no name of a header; use letters, digits and -",
                                    in_quotes(name)));
  }
  if (!is_all_http(value, HttpByte::text)) {
    return Error::usage(fmt::format(
        "headers.{}: the value holds a line break or another control character; remove it", name));
  }
  if (contains(ours, lowered(name))) {
    return Error::usage(fmt::format("headers.{}: queuemeter says this itself; remove it", name));
  }
  return std::nullopt;
}

/// The headers that every request has, unless the text has its own.
std::vector<Header> all_headers(const RequestText& text, bool sends_content) {
  std::vector<Header> headers{{"Host", text.authority}, {"User-Agent", "queuemeter"}};
  if (text.body.has_value()) {
    const std::size_t first = text.body->find_first_not_of(" \t\r\n");
    const bool is_json = first != std::string::npos &&
                         std::string_view{"{["}.find((*text.body)[first]) != std::string_view::npos;
    headers.emplace_back("Content-Type", is_json ? "application/json" : "text/plain");
  } else if (sends_content) {
    headers.emplace_back("Content-Type", "application/octet-stream");
  }
  if (!text.keeps_connection) {
    headers.emplace_back("Connection", "close");
  }
  for (const Header& own : text.headers) {
    const auto same = std::find_if(headers.begin(), headers.end(), [&](const Header& header) {
      return lowered(header.first) == lowered(own.first);
    });
    if (same == headers.end()) {
      headers.push_back(own);
    } else {
      same->second = own.second;
    }
  }
  return headers;
}

}  // namespace

Result<RequestTemplate> RequestTemplate::make(const RequestText& text,
                                              std::span<const std::string> places) {
  if (text.method.empty() || !is_all_http(text.method, HttpByte::token)) {
    return Error::usage(
        fmt::format("method: {} is no method of HTTP; use GET or POST", in_quotes(text.method)));
  }
  for (const Header& header : text.headers) {
    if (auto fault = fault_of(header)) {
      return *fault;
    }
  }
  RequestTemplate made;
  made.method_ = text.method;
  made.has_body_ = text.body.has_value();
  made.sends_content_ = made.has_body_ || !contains(without_content, text.method);
  std::string head = fmt::format("{} {} HTTP/1.1\r\n", text.method, text.target);
  auto target = TextTemplate::parse(text.target, places);
  if (!target) {
    return Error::usage(fmt::format("url: {}", target.error().what));
  }
  made.target_ = *std::move(target);
  for (const auto& [name, value] : all_headers(text, made.sends_content_)) {
    auto parsed = TextTemplate::parse(value, places);
    if (!parsed) {
      return Error::usage(fmt::format("headers.{}: {}", name, parsed.error().what));
    }
    head += fmt::format("{}: {}\r\n", name, value);
    const std::string lower = lowered(name);
    if (lower == "host") {
      made.authority_ = value;
    } else if (lower != "connection") {
      made.fields_.emplace_back(lower, *std::move(parsed));
    }
  }
  auto body = TextTemplate::parse(text.body.value_or(""), places);
  if (!body) {
    return Error::usage(fmt::format("body: {}", body.error().what));
  }
  made.body_ = *std::move(body);
  made.head_ = *TextTemplate::parse(head, places);  // its pieces are sound
  return made;
}

}  // namespace queuemeter
