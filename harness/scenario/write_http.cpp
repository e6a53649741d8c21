// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/write_http.hpp"

#include "harness/call/url_password.hpp"

#include <fmt/format.h>

namespace queuemeter {
namespace {

std::string_view word_of(HttpClientSettings::Protocol protocol) {
  return protocol == HttpClientSettings::Protocol::http_2 ? "2" : "1.1";
}

std::string_view word_of(HttpClientSettings::ConnectionUse use) {
  return use == HttpClientSettings::ConnectionUse::once ? "new" : "keep_alive";
}

std::string_view word_of(HttpClientSettings::Lookup lookup) {
  return lookup == HttpClientSettings::Lookup::connection ? "connection" : "once";
}

std::string_view word_of(HttpClientSettings::Cookies cookies) {
  return cookies == HttpClientSettings::Cookies::caller ? "caller" : "none";
}

}  // namespace

void write_connections(const HttpClientSettings& client, TomlWriter& writer) {
  writer.count("connections", client.connections);
  writer.line("timeouts.connect", toml_text(client.timeouts.connect));
  writer.optional_line("timeouts.first_byte", client.timeouts.first_byte);
  writer.optional_line("timeouts.whole", client.timeouts.whole);
}

void write_http_client(const HttpClientSettings& client, TomlWriter& writer) {
  writer.line("timeouts.tls", toml_text(client.timeouts.tls));
  writer.line("method", toml_text(client.method));
  writer.line("http", toml_text(word_of(client.protocol)));
  writer.line("connection", toml_text(word_of(client.connection)));
  writer.count("open", client.open);
  writer.line("open_rate", toml_text(client.open_rate));
  writer.count("pipelining", client.pipelining);
  writer.flag("tls.verify", client.tls.verify);
  writer.text_if_any("tls.ca", client.tls.ca);
  writer.text_if_any("tls.name", client.tls.name);
  writer.line("dns", toml_text(word_of(client.lookup)));
  if (client.source_addresses.count > 0) {
    writer.line("source_addresses", toml_text(client.source_addresses.to_text()));
  }
  writer.flag("cancel_at_deadline", client.cancel_at_deadline);
  writer.line("cookies", toml_text(word_of(client.cookies)));
  writer.line("expect.status", toml_text(client.expect.status.to_text()));
  writer.text_if_any("expect.body", client.expect.body);
  if (!client.expect.json.empty()) {
    writer.line("expect.json", toml_table(client.expect.json));
  }
}

void write_http_request(const HttpRequestSettings& request, TomlWriter& writer) {
  if (!request.headers.empty()) {
    auto headers = request.headers;
    for (auto& [name, value] : headers) {
      if (is_secret_header(name)) {
        value = password_mask;
      }
    }
    writer.line("headers", toml_table(std::move(headers)));
  }
  writer.optional_line("body", request.body);
  writer.text_if_any("data", request.data);
}

}  // namespace queuemeter
