// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace queuemeter {

/// The cookies that one server has set, by caller. What a caller was told lasts until it is told
/// otherwise: an empty value or "Max-Age=0" takes a cookie back; paths, domains and dates of expiry
/// are not looked at, because there is one server and a run is short. One thread.
/// Source: RFC 6265, section 5.2 (as far as that).
class CookieJar {
 public:
  static constexpr std::size_t most_cookies = 50;  ///< of one caller; further ones are not kept

  /// Takes `Set-Cookie` values, each with a line feed behind it.
  void remember(std::uint32_t caller, std::string_view set_cookies);
  /// The value of the caller's `Cookie` header; empty where it has none.
  [[nodiscard]] std::string_view of(std::uint32_t caller) const;

 private:
  struct Cookies {
    std::vector<std::pair<std::string, std::string>> pairs;
    std::string header;
  };
  static void put(Cookies& cookies, std::string_view set_cookie);

  std::unordered_map<std::uint32_t, Cookies> by_caller_;
};

}  // namespace queuemeter
