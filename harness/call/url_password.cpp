// SPDX-License-Identifier: Apache-2.0
#include "harness/call/url_password.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace queuemeter {
namespace {

/// user:secret → user:***, secret → ***.
std::string masked_credentials(std::string_view credentials) {
  const auto colon = credentials.find(':');
  if (colon == std::string_view::npos) {
    return std::string{password_mask};
  }
  return std::string{credentials.substr(0, colon + 1)}.append(password_mask);
}

/// db=0&password=secret → db=0&password=***.
std::string masked_parameters(std::string_view query) {
  std::string masked;
  for (std::size_t begin = 0; begin <= query.size();) {
    const std::size_t end = std::min(query.find_first_of("&;", begin), query.size());
    const std::string_view parameter = query.substr(begin, end - begin);
    const auto equals = parameter.find('=');
    if (equals != std::string_view::npos && is_secret_name(parameter.substr(0, equals))) {
      masked.append(parameter.substr(0, equals + 1)).append(password_mask);
    } else {
      masked.append(parameter);
    }
    if (end < query.size()) {
      masked += query[end];
    }
    begin = end + 1;
  }
  return masked;
}

std::string lower_case(std::string_view text) {
  std::string lower{text};
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  return lower;
}

bool ends_with_any(std::string_view text, std::span<const std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return text.ends_with(ending); });
}

}  // namespace

std::string without_password(std::string_view url) {
  const auto slashes = url.find("://");
  const std::size_t begin = slashes == std::string_view::npos ? 0 : slashes + 3;
  std::string shown{url.substr(0, begin)};
  std::string_view rest = url.substr(begin);
  // The last one: a password with a bare @ or / in it must not be shown from there on.
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    shown += masked_credentials(rest.substr(0, at)) + '@';
    rest.remove_prefix(at + 1);
  }
  if (const auto mark = rest.find('?'); mark != std::string_view::npos) {
    return shown.append(rest.substr(0, mark + 1)) + masked_parameters(rest.substr(mark + 1));
  }
  return shown.append(rest);
}

bool has_masked_password(std::string_view url) noexcept {
  return url.find(":***@") != std::string_view::npos ||
         url.find("//***@") != std::string_view::npos || url.starts_with("***@") ||
         url.find("=***") != std::string_view::npos;
}

bool is_secret_name(std::string_view name) {
  constexpr std::array<std::string_view, 8> endings{"password", "passwd",     "pass",  "pwd",
                                                    "secret",   "passphrase", "token", "auth"};
  return ends_with_any(lower_case(name), endings);
}

bool is_secret_header(std::string_view name) {
  constexpr std::array<std::string_view, 5> endings{"authorization", "cookie", "api-key", "apikey",
                                                    "signature"};
  return is_secret_name(name) || ends_with_any(lower_case(name), endings);
}

}  // namespace queuemeter
