// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/read_http.hpp"

#include "harness/call/in_quotes.hpp"
#include "harness/call/url_password.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <variant>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;
using Protocol = HttpClientSettings::Protocol;
using ConnectionUse = HttpClientSettings::ConnectionUse;
using Lookup = HttpClientSettings::Lookup;
using Cookies = HttpClientSettings::Cookies;

constexpr TableReader::Range<Duration> patience{0s, 24h, true};

Result<std::string> parse_method(std::string_view text) {
  constexpr std::size_t longest = 32;
  const bool is_word = std::all_of(text.begin(), text.end(), [](char letter) {
    return (letter >= 'A' && letter <= 'Z') || letter == '-' || letter == '_';
  });
  if (text.empty() || text.size() > longest || !is_word) {
    return Error::usage(
        fmt::format("{} is no method of HTTP; write GET or POST, in capitals", in_quotes(text)));
  }
  return std::string{text};
}

TlsSettings read_tls(const TableReader& reader) {
  TlsSettings tls;
  reader.flag("verify", tls.verify);
  reader.text("ca", tls.ca);
  reader.text("name", tls.name);
  return tls;
}

HttpTimeouts read_timeouts(const TableReader& reader) {
  HttpTimeouts timeouts;
  reader.time("connect", timeouts.connect, patience);
  reader.time("tls", timeouts.tls, patience);
  reader.time("first_byte", timeouts.first_byte, patience);
  reader.time("whole", timeouts.whole, patience);
  return timeouts;
}

/// A value that stands for itself: no list, table or date.
bool is_plain(const TomlValue& value) {
  return value.list() == nullptr && value.table() == nullptr &&
         !std::holds_alternative<TomlValue::Date>(value.content);
}

std::vector<std::pair<std::string, std::string>> read_pairs(const TableReader& table) {
  table.require_table();
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& [name, value] : table.entries()) {
    if (is_plain(value)) {
      pairs.emplace_back(name, to_label(value));
    } else {
      table.fail(name,
                 fmt::format("must be a text, a number, true or false, not {}", kind_of(value)));
    }
  }
  return pairs;
}

}  // namespace

HttpClientSettings read_http_client(const TableReader& reader) {
  HttpClientSettings client;
  reader.parsed("method", client.method, parse_method);
  reader.word("http", client.protocol, {{"1.1", Protocol::http_1_1}, {"2", Protocol::http_2}});
  reader.word("connection", client.connection,
              {{"keep_alive", ConnectionUse::keep_alive}, {"new", ConnectionUse::once}});
  reader.count("connections", client.connections, {1, 65'536});
  reader.count("open", client.open, {0, 65'536});
  reader.rate("open_rate", client.open_rate);
  reader.count("pipelining", client.pipelining, {1, 1'024});
  client.tls = read_tls(reader.table("tls"));
  reader.word("dns", client.lookup, {{"once", Lookup::once}, {"connection", Lookup::connection}});
  reader.parsed("source_addresses", client.source_addresses, SourceAddresses::parse);
  client.timeouts = read_timeouts(reader.table("timeouts"));
  reader.flag("cancel_at_deadline", client.cancel_at_deadline);
  reader.word("cookies", client.cookies, {{"none", Cookies::none}, {"caller", Cookies::caller}});
  client.expect = read_expectation(reader.table("expect"));
  return client;
}

HttpExpectation read_expectation(const TableReader& reader) {
  HttpExpectation expect;
  reader.parsed_word_or_number("status", expect.status, StatusSet::parse);
  reader.text("body", expect.body);
  expect.json = read_pairs(reader.table("json"));
  return expect;
}

HttpRequestSettings read_http_request(const TableReader& reader) {
  HttpRequestSettings request;
  const TableReader headers = reader.table("headers");
  request.headers = read_pairs(headers);
  for (const auto& [name, value] : request.headers) {
    if (value == password_mask && is_secret_header(name)) {
      headers.fail(name, "was masked when it was written; give it anew");
    }
  }
  if (reader.has("body")) {
    reader.text("body", request.body.emplace());
    if (*request.body == "@") {
      reader.fail("body", R"(names no file; write it like body = "@order.json")");
    }
  }
  reader.text("data", request.data);
  return request;
}

}  // namespace queuemeter
