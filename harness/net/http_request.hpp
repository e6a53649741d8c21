// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"
#include "harness/net/http_text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace queuemeter {

/// The header fields of a request, as they were received and found to be in order. A view.
class HttpFields {
 public:
  HttpFields() = default;
  /// `lines`: "Name: value" each, each ended by CR LF.
  explicit HttpFields(std::string_view lines) : lines_{lines} {}

  /// Calls `each(name, value)` in the order of the request.
  template <class Each>
  void for_each(const Each& each) const {
    std::string_view rest = lines_;
    while (!rest.empty()) {
      const std::size_t colon = rest.find(':');
      const std::size_t end = rest.find('\r', colon);
      each(rest.substr(0, colon), without_blanks_around(rest.substr(colon + 1, end - colon - 1)));
      rest.remove_prefix(end + 2);
    }
  }

  /// The value of the first field of this name, which is given in lower case.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view lower_case_name) const {
    std::optional<std::string_view> found;
    for_each([&](std::string_view name, std::string_view value) {
      if (!found && equals_ignoring_case(name, lower_case_name)) {
        found = value;
      }
    });
    return found;
  }

 private:
  std::string_view lines_;
};

/// The address a client calls from, without its port; IPv4 as IPv6 maps it.
struct PeerAddress {
  std::array<std::uint8_t, 16> bytes{};
  friend bool operator==(const PeerAddress&, const PeerAddress&) = default;
};

/// A whole request. Its views are valid as long as whoever hands it out says.
struct HttpRequest {
  std::string_view method;  ///< as received: methods are case-sensitive
  std::string_view target;  ///< "/path?query", also of an absolute target; "*" of OPTIONS
  HttpFields fields;
  std::string_view body;  ///< without the framing of chunks
  bool is_http_1_0 = false;
  /// The client lets the connection live on after the answer.
  bool keep_alive = true;
  Instant received_at = unobserved;  ///< when its last bytes were read
  PeerAddress peer;

  /// The target without its query.
  [[nodiscard]] std::string_view path() const noexcept {
    return target.substr(0, target.find('?'));
  }
  /// The query without its question mark; empty where there is none.
  [[nodiscard]] std::string_view query() const noexcept {
    const std::size_t mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  }
};

}  // namespace queuemeter
