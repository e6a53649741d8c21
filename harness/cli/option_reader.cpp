// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/option_reader.hpp"

#include "harness/call/quantity.hpp"

#include <fmt/format.h>

namespace queuemeter::cli {

std::optional<Error> OptionReader::error() const {
  if (wrong_.empty()) {
    return std::nullopt;
  }
  return Error::usage(fmt::format("{}", fmt::join(wrong_, "\n")));
}

Result<std::uint64_t> OptionReader::count_between(const std::string& text, std::uint64_t least,
                                                  std::uint64_t most) {
  const auto value = parse_count(text);
  if (value.has_error()) {
    return value.error();
  }
  if (*value < least || *value > most) {
    return Error::usage(fmt::format("{} is not between {} and {}", text, least, most));
  }
  return *value;
}

Result<std::size_t> OptionReader::size_up_to(const std::string& text, std::uint64_t most) {
  constexpr std::uint64_t mebibyte = std::uint64_t{1024} * 1024;
  const auto bytes = parse_bytes(text);
  if (bytes.has_error()) {
    return bytes.error();
  }
  if (*bytes > most) {
    return Error::usage(fmt::format("{} is more than {}MiB", text, most / mebibyte));
  }
  return static_cast<std::size_t>(*bytes);
}

std::string without_brackets(std::string host) {
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  return bracketed ? host.substr(1, host.size() - 2) : host;
}

std::string with_brackets(const std::string& host) {
  return host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
}

}  // namespace queuemeter::cli
