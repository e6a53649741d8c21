// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/brokers/redis_target.hpp"

#include "harness/call/url_password.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <optional>

namespace queuemeter::queues {
namespace {

constexpr std::string_view form =
    "write redis://[user:password@]host:port/database, or rediss:// for TLS";

Error bad_url(std::string_view url, std::string_view what) {
  return Error::usage(fmt::format("queue.use: {} {}; {}", without_password(url), what, form));
}

int hex_digit(char byte) noexcept {
  if (byte >= '0' && byte <= '9') {
    return byte - '0';
  }
  if (byte >= 'a' && byte <= 'f') {
    return byte - 'a' + 10;
  }
  return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    const int high = at + 2 < text.size() ? hex_digit(text[at + 1]) : -1;
    const int low = at + 2 < text.size() ? hex_digit(text[at + 2]) : -1;
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    decoded += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return decoded;
}

template <class Integer>
bool read_whole(std::string_view digits, Integer& value) {
  const char* const end = digits.data() + digits.size();
  const auto [stop, failure] = std::from_chars(digits.data(), end, value);
  return failure == std::errc{} && stop == end && !digits.empty();
}

bool is_host(std::string_view host) {
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:%";
  return !host.empty() && host.find_first_not_of(allowed) == std::string_view::npos;
}

/// Splits "host:port", "[v6]:port" or "host".
bool read_host_and_port(std::string_view text, RedisTarget& target) {
  std::string_view host = text;
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) {
      return false;
    }
    host = text.substr(1, end - 1);
    const std::string_view rest = text.substr(end + 1);
    has_port = rest.starts_with(':');
    if (!rest.empty() && !has_port) {
      return false;
    }
    port = has_port ? rest.substr(1) : rest;
  } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    has_port = true;
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  target.host = host;
  return is_host(host) && (!has_port || (read_whole(port, target.port) && target.port != 0));
}

}  // namespace

std::string RedisTarget::shown() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}/{}", tls ? "rediss" : "redis", is_v6 ? "[" : "", host,
                     is_v6 ? "]" : "", port, database);
}

Result<RedisTarget> parse_redis_url(std::string_view url) {
  RedisTarget target;
  std::string_view rest = url;
  target.tls = rest.starts_with("rediss://");
  if (!target.tls && !rest.starts_with("redis://")) {
    return bad_url(url, "is no Redis URL");
  }
  if (has_masked_password(url)) {
    return bad_url(url, "has its password masked, so it must be given anew");
  }
  rest.remove_prefix(rest.find("://") + 3);
  if (rest.find_first_of("?# \t\r\n") != std::string_view::npos) {
    return bad_url(url, "has more than a host and a database (settings go into queue.options)");
  }
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    const std::string_view credentials = rest.substr(0, at);
    const std::size_t colon = credentials.find(':');
    const auto user = percent_decoded(credentials.substr(0, colon));
    const auto password = colon == std::string_view::npos
                              ? std::optional<std::string>{std::string{}}
                              : percent_decoded(credentials.substr(colon + 1));
    if (!user.has_value() || !password.has_value() || credentials.find('/') != rest.npos) {
      return bad_url(url, "has a user or password that must be percent-encoded");
    }
    target.user = *user;
    target.password = *password;
    rest.remove_prefix(at + 1);
  }
  const std::size_t slash = rest.find('/');
  if (!read_host_and_port(rest.substr(0, slash), target)) {
    return bad_url(url, "names no valid host and port");
  }
  const std::string_view database =
      slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
  if (!database.empty() && !read_whole(database, target.database)) {
    return bad_url(url, "names no valid database, which is a number such as 0");
  }
  return target;
}

Result<std::vector<SocketEndpoint>> resolve(const RedisTarget& target) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(target.port);
  const int failure = getaddrinfo(target.host.c_str(), port.c_str(), &hints, &found);
  if (failure != 0) {
    return Error::unavailable(fmt::format("the Redis server {} was not found ({}); check the host",
                                          target.shown(), gai_strerror(failure)));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> list{found, freeaddrinfo};
  std::vector<SocketEndpoint> endpoints;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    if (each->ai_addrlen <= sizeof(sockaddr_storage)) {
      SocketEndpoint& endpoint = endpoints.emplace_back();
      std::memcpy(&endpoint.storage, each->ai_addr, each->ai_addrlen);
      endpoint.bytes = each->ai_addrlen;
    }
  }
  return endpoints;
}

}  // namespace queuemeter::queues
