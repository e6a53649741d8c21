// SPDX-License-Identifier: Apache-2.0
#include "harness/net/http_url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <optional>
#include <sys/un.h>
#include <utility>

namespace queuemeter {
namespace {

constexpr std::string_view scheme_mark = "://";

/// The URL as an error may show it: never with what could be a password.
std::string shown(std::string_view text) {
  if (text.find('@') != std::string_view::npos) {
    return "the URL";
  }
  return fmt::format("the URL \"{}\"", text);
}

bool is_host_character(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_';
}

bool is_target_character(char byte) { return byte > ' ' && byte < '\x7f' && byte != '#'; }

Result<std::uint16_t> parse_port(std::string_view digits, std::string_view url) {
  unsigned port = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, failure] = std::from_chars(digits.data(), end, port);
  if (failure != std::errc{} || stop != end || port == 0 || port > 65535) {
    return Error::usage(fmt::format(
        "{} has no valid port after the host; write a number from 1 to 65535", shown(url)));
  }
  return static_cast<std::uint16_t>(port);
}

/// Splits "[v6]:port" or "host:port"; `rest` keeps what follows the host.
Result<std::string> take_host(std::string_view& rest, std::string_view url) {
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    const std::string address{rest.substr(1, end == std::string_view::npos ? end : end - 1)};
    in6_addr parsed{};
    if (end == std::string_view::npos || inet_pton(AF_INET6, address.c_str(), &parsed) != 1) {
      return Error::usage(
          fmt::format("{} has no valid IPv6 address in its brackets; write one such as "
                      "http://[::1]:8080/",
                      shown(url)));
    }
    rest.remove_prefix(end + 1);
    return address;
  }
  const std::string_view host = rest.substr(0, rest.find(':'));
  if (host.empty() || !std::all_of(host.begin(), host.end(), is_host_character)) {
    return Error::usage(fmt::format(
        "{} names no valid host; write a name or an address, such as http://127.0.0.1:8080/",
        shown(url)));
  }
  rest.remove_prefix(host.size());
  return std::string{host};
}

bool has_scheme(std::string_view text, std::string_view scheme) {
  return text.size() >= scheme.size() &&
         std::equal(scheme.begin(), scheme.end(), text.begin(), [](char wanted, char byte) {
           return wanted == (byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 32) : byte);
         });
}

/// The path that "%2Frun%2Fsite.sock" stands for; empty where it is none.
std::string unescaped(std::string_view text) {
  std::string path;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      path += text[at];
      continue;
    }
    unsigned code = 0;
    const std::string_view digits = text.substr(at + 1, 2);
    const char* const end = digits.data() + digits.size();
    const auto [stop, failure] = std::from_chars(digits.data(), end, code, 16);
    if (digits.size() != 2 || failure != std::errc{} || stop != end || code == 0) {
      return {};
    }
    path += static_cast<char>(code);
    at += 2;
  }
  return path;
}

std::optional<Error> take_socket(HttpUrl& url, std::string_view authority, std::string_view text) {
  constexpr std::size_t longest_path = sizeof(sockaddr_un::sun_path) - 1;
  url.socket_path = unescaped(authority);
  if (url.socket_path.empty() || url.socket_path.size() > longest_path) {
    return Error::usage(fmt::format(
        "{} names no Unix socket of {} bytes at the most; write its path with %2F for each /, such "
        "as http+unix://%2Frun%2Fsite.sock/",
        shown(text), longest_path));
  }
  url.authority = "localhost";
  return std::nullopt;
}

std::optional<Error> take_host_and_port(HttpUrl& url, std::string_view authority,
                                        std::string_view text) {
  const bool is_ipv6 = authority.starts_with('[');
  auto host = take_host(authority, text);
  if (!host) {
    return host.error();
  }
  url.host = std::move(*host);
  url.port = url.is_secure ? 443 : 80;
  if (!authority.empty()) {
    const auto port =
        parse_port(authority.starts_with(':') ? authority.substr(1) : std::string_view{}, text);
    if (!port) {
      return port.error();
    }
    url.port = *port;
  }
  url.authority = fmt::format(fmt::runtime(is_ipv6 ? "[{}]:{}" : "{}:{}"), url.host, url.port);
  return std::nullopt;
}

}  // namespace

Result<HttpUrl> parse_http_url(std::string_view text) {
  const bool is_unix = has_scheme(text, "http+unix://");
  const bool is_secure = has_scheme(text, "https://");
  if (!is_unix && !is_secure && !has_scheme(text, "http://")) {
    return Error::usage(fmt::format(
        "{} does not start with http:// or https://; write http://host:port/path", shown(text)));
  }
  std::string_view rest = text.substr(text.find(scheme_mark) + scheme_mark.size());
  std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  std::string_view target = rest.substr(authority.size());
  if (authority.find('@') != std::string_view::npos) {
    return Error::usage(
        "the URL carries a user name or a password, which queuemeter does not send; leave out "
        "what stands before the @");
  }
  if (!std::all_of(target.begin(), target.end(), is_target_character)) {
    return Error::usage(fmt::format(
        "{} has a fragment or a character that must be escaped in its path; write it as %XX",
        shown(text)));
  }
  HttpUrl url;
  url.is_secure = is_secure;
  const std::optional<Error> error =
      is_unix ? take_socket(url, authority, text) : take_host_and_port(url, authority, text);
  if (error) {
    return *error;
  }
  url.target = target.starts_with('/') ? std::string{target} : fmt::format("/{}", target);
  return url;
}

}  // namespace queuemeter
