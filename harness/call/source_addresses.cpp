// SPDX-License-Identifier: Apache-2.0
#include "harness/call/source_addresses.hpp"

#include "harness/call/in_quotes.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <optional>

namespace queuemeter {
namespace {

constexpr std::uint32_t most_addresses = 65'536;
constexpr std::string_view dots = "..";

std::optional<std::uint32_t> parse_address(std::string_view text) {
  in_addr address{};
  if (inet_pton(AF_INET, std::string{text}.c_str(), &address) != 1) {
    return std::nullopt;
  }
  return ntohl(address.s_addr);
}

std::string address_text(std::uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24U, (address >> 16U) & 255U, (address >> 8U) & 255U,
                     address & 255U);
}

}  // namespace

Result<SourceAddresses> SourceAddresses::parse(std::string_view text) {
  const std::size_t middle = text.find(dots);
  const auto first = parse_address(text.substr(0, middle));
  const auto last =
      middle == std::string_view::npos ? first : parse_address(text.substr(middle + dots.size()));
  if (!first || !last || *last < *first || *last - *first >= most_addresses) {
    return Error::usage(
        fmt::format("{} are not IPv4 addresses, the lower one first and {} at the most; write them "
                    "like 127.0.0.1..127.0.0.8",
                    in_quotes(text), most_addresses));
  }
  return SourceAddresses{*first, *last - *first + 1};
}

std::string SourceAddresses::to_text() const {
  if (count == 1) {
    return address_text(first);
  }
  return fmt::format("{}..{}", address_text(first), address_text(first + count - 1));
}

}  // namespace queuemeter
