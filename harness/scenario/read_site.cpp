// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/read_site.hpp"

#include "harness/call/quantity.hpp"
#include "harness/call/url_password.hpp"
#include "harness/scenario/read_http.hpp"
#include "harness/scenario/write_http.hpp"

#include <chrono>

namespace queuemeter {

using namespace std::chrono_literals;

SiteSettings read_site(const TableReader& reader) {
  SiteSettings front;
  reader.text("url", front.url);
  reader.word("completion", front.completion,
              {{"response", CompletedBy::response},
               {"callback", CompletedBy::callback},
               {"poll", CompletedBy::poll},
               {"backend", CompletedBy::backend}});
  reader.text("result_url", front.result_url);
  reader.time("poll_interval", front.poll_interval, {1ms, 1h});
  reader.parsed("call_id", front.call_id, CallIdRule::parse);
  front.client = read_http_client(reader);
  front.request = read_http_request(reader);
  return front;
}

void write_front(const SiteSettings& front, TomlWriter& writer) {
  writer.text_if_any("url", without_password(front.url));
  writer.line("completion", toml_text(to_string(front.completion)));
  writer.text_if_any("result_url", front.result_url);
  if (front.completion == CompletedBy::poll) {
    writer.line("poll_interval", toml_text(front.poll_interval));
  }
  if (front.completion == CompletedBy::backend) {
    writer.line("call_id", toml_text(front.call_id.to_text()));
  }
  write_connections(front.client, writer);
  write_http_client(front.client, writer);
  write_http_request(front.request, writer);
}

}  // namespace queuemeter
