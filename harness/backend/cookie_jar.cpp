// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/cookie_jar.hpp"

#include "harness/net/http_text.hpp"

#include <algorithm>

namespace queuemeter {
namespace {

/// Whether the attributes behind a cookie say "Max-Age=0", or less.
bool is_taken_back(std::string_view attributes) {
  bool taken_back = false;
  while (!attributes.empty()) {
    const std::size_t end = std::min(attributes.find(';'), attributes.size());
    const std::string_view one = without_blanks_around(attributes.substr(0, end));
    const std::size_t equals = std::min(one.find('='), one.size());
    if (equals_ignoring_case(one.substr(0, equals), "max-age")) {
      const std::string_view age = one.substr(std::min(equals + 1, one.size()));
      taken_back = age.starts_with('-') || age.find_first_not_of('0') == std::string_view::npos;
    }
    attributes.remove_prefix(std::min(end + 1, attributes.size()));
  }
  return taken_back;
}

}  // namespace

void CookieJar::remember(std::uint32_t caller, std::string_view set_cookies) {
  if (set_cookies.empty()) {
    return;
  }
  Cookies& cookies = by_caller_[caller];
  while (!set_cookies.empty()) {
    const std::size_t end = std::min(set_cookies.find('\n'), set_cookies.size());
    put(cookies, set_cookies.substr(0, end));
    set_cookies.remove_prefix(std::min(end + 1, set_cookies.size()));
  }
  cookies.header.clear();
  for (const auto& [name, value] : cookies.pairs) {
    cookies.header.append(cookies.header.empty() ? "" : "; ")
        .append(name)
        .append("=")
        .append(value);
  }
}

void CookieJar::put(Cookies& cookies, std::string_view set_cookie) {
  const std::size_t end = std::min(set_cookie.find(';'), set_cookie.size());
  const std::string_view pair = set_cookie.substr(0, end);
  const std::size_t equals = pair.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return;  // not a cookie
  }
  const std::string_view name = without_blanks_around(pair.substr(0, equals));
  const std::string_view value = without_blanks_around(pair.substr(equals + 1));
  const auto same = std::find_if(cookies.pairs.begin(), cookies.pairs.end(),
                                 [&](const auto& kept) { return kept.first == name; });
  if (value.empty() || is_taken_back(set_cookie.substr(end))) {
    if (same != cookies.pairs.end()) {
      cookies.pairs.erase(same);
    }
  } else if (same != cookies.pairs.end()) {
    same->second = value;
  } else if (cookies.pairs.size() < most_cookies) {
    cookies.pairs.emplace_back(name, value);
  }
}

std::string_view CookieJar::of(std::uint32_t caller) const {
  const auto found = by_caller_.find(caller);
  return found == by_caller_.end() ? std::string_view{} : found->second.header;
}

}  // namespace queuemeter
