// SPDX-License-Identifier: Apache-2.0
#include "harness/call/size_distribution.hpp"

#include "harness/call/in_quotes.hpp"
#include "harness/call/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>
#include <optional>
#include <vector>

namespace queuemeter {
namespace {

constexpr double largest_sigma = 5.0;
/// No normal number made from a uniform one of 52 bits is larger: √(2 · 53 · ln 2) = 8.5716.
constexpr double largest_normal = 8.58;

Error malformed(std::string_view text, std::string_view reason) {
  return Error::usage(
      fmt::format("{} is not a distribution of sizes: {}; use 256B, "
                  "constant(256B), uniform(100B, 2KiB) or lognormal(1KiB, 1.2)",
                  in_quotes(text), reason));
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string_view> split_arguments(std::string_view text) {
  std::vector<std::string_view> arguments;
  for (;;) {
    const auto comma = text.find(',');
    arguments.push_back(trimmed(text.substr(0, comma)));
    if (comma == std::string_view::npos) {
      return arguments;
    }
    text.remove_prefix(comma + 1);
  }
}

Result<std::uint32_t> parse_size(std::string_view text) {
  const Result<std::uint64_t> bytes = parse_bytes(text);
  if (bytes.has_error()) {
    return bytes.error();
  }
  if (*bytes > SizeDistribution::largest_payload) {
    return Error::usage(fmt::format("{} is more than {} bytes", in_quotes(text),
                                    format_count(SizeDistribution::largest_payload)));
  }
  return static_cast<std::uint32_t>(*bytes);
}

std::optional<double> parse_sigma(std::string_view text) {
  double sigma = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), sigma);
  if (error != std::errc{} || end != text.data() + text.size() ||
      !(sigma >= 0.0 && sigma <= largest_sigma)) {
    return std::nullopt;
  }
  return sigma;
}

double as_size(std::uint32_t bytes) {
  return static_cast<double>(std::min(bytes, SizeDistribution::largest_payload));
}

std::uint32_t to_bytes(double size) noexcept {
  constexpr double most = SizeDistribution::largest_payload;
  return static_cast<std::uint32_t>(std::llround(std::clamp(size, 0.0, most)));
}

}  // namespace

Result<SizeDistribution> SizeDistribution::parse(std::string_view text) {
  text = trimmed(text);
  const auto open = text.find('(');
  if (open == std::string_view::npos) {
    const Result<std::uint32_t> bytes = parse_size(text);
    return bytes.has_value() ? Result<SizeDistribution>{constant(*bytes)}
                             : malformed(text, bytes.error().what);
  }
  if (text.back() != ')') {
    return malformed(text, "the closing bracket is missing");
  }
  const std::string_view name = trimmed(text.substr(0, open));
  const auto arguments = split_arguments(text.substr(open + 1, text.size() - open - 2));
  if (name != "constant" && name != "uniform" && name != "lognormal") {
    return malformed(text, fmt::format("{} is not known", in_quotes(name)));
  }
  const std::size_t wanted = name == "constant" ? 1 : 2;
  if (arguments.size() != wanted) {
    return malformed(text, fmt::format("{} takes {} value{}, not {}", name, wanted,
                                       wanted == 1 ? "" : "s", arguments.size()));
  }
  const Result<std::uint32_t> first = parse_size(arguments[0]);
  if (first.has_error()) {
    return malformed(text, first.error().what);
  }
  if (name == "constant") {
    return constant(*first);
  }
  if (name == "lognormal") {
    const auto sigma = parse_sigma(arguments[1]);
    return sigma ? Result<SizeDistribution>{lognormal(*first, *sigma)}
                 : malformed(text, fmt::format("the sigma {} is not a number from 0 to {}",
                                               in_quotes(arguments[1]), largest_sigma));
  }
  const Result<std::uint32_t> second = parse_size(arguments[1]);
  if (second.has_error()) {
    return malformed(text, second.error().what);
  }
  if (*second < *first) {
    return malformed(text, "the second value is below the first");
  }
  return uniform(*first, *second);
}

SizeDistribution SizeDistribution::constant(std::uint32_t bytes) {
  return {Kind::constant, as_size(bytes), 0.0};
}

SizeDistribution SizeDistribution::uniform(std::uint32_t least, std::uint32_t most) {
  return {Kind::uniform, as_size(least), as_size(std::max(least, most))};
}

SizeDistribution SizeDistribution::lognormal(std::uint32_t median, double sigma) {
  return {Kind::lognormal, as_size(median), sigma};
}

std::uint32_t SizeDistribution::sample(UniformPair draw) const noexcept {
  switch (kind_) {
    case Kind::constant:
      return to_bytes(first_);
    case Kind::uniform:
      // Every whole size from the least to the most equally often, both included.
      return to_bytes(
          std::min(second_, first_ + std::floor((second_ - first_ + 1.0) * draw.first)));
    case Kind::lognormal: {
      const double radius = std::sqrt(-2.0 * std::log(draw.first));
      const double normal = radius * std::cos(2.0 * std::numbers::pi * draw.second);
      return to_bytes(first_ * std::exp(second_ * normal));
    }
  }
  return 0;
}

std::uint32_t SizeDistribution::largest() const noexcept {
  switch (kind_) {
    case Kind::constant:
      return to_bytes(first_);
    case Kind::uniform:
      return to_bytes(second_);
    case Kind::lognormal:
      return to_bytes(std::ceil(first_ * std::exp(second_ * largest_normal)));
  }
  return 0;
}

std::string SizeDistribution::to_text() const {
  switch (kind_) {
    case Kind::constant:
      return fmt::format("{}B", to_bytes(first_));
    case Kind::uniform:
      return fmt::format("uniform({}B, {}B)", to_bytes(first_), to_bytes(second_));
    case Kind::lognormal:
      return fmt::format("lognormal({}B, {})", to_bytes(first_), second_);
  }
  return {};
}

}  // namespace queuemeter
