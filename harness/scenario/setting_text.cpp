// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/setting_text.hpp"

#include "harness/call/in_quotes.hpp"
#include "harness/call/quantity.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <system_error>

namespace queuemeter {
namespace {

constexpr Duration longest_pacing = std::chrono::milliseconds{100};
constexpr Rate fastest = Rate::per_second(100e6);

struct PacingWord {
  std::string_view word;
  Pacing::Kind kind;
};
constexpr std::array spanned_pacings{PacingWord{"spin:", Pacing::Kind::spin},
                                     PacingWord{"coalesce:", Pacing::Kind::coalesce}};

Error not_a_pacing(std::string_view text, std::string_view reason) {
  return Error::usage(
      fmt::format("{} is not a pacing: {}; use timer, spin:50us or coalesce:1ms, up to 100ms",
                  in_quotes(text), reason));
}

Error not_a_swing(std::string_view text, std::string_view reason) {
  return Error::usage(
      fmt::format("{} is not what a sine swings between: {}; write it like "
                  "1k/s..3k/s, up to 100M/s",
                  in_quotes(text), reason));
}

}  // namespace

Result<Pacing> parse_pacing(std::string_view text) {
  if (text == "timer") {
    return Pacing{};
  }
  for (const PacingWord& one : spanned_pacings) {
    if (!text.starts_with(one.word)) {
      continue;
    }
    const Result<Duration> span = parse_duration(text.substr(one.word.size()));
    if (span.has_error()) {
      return not_a_pacing(text, span.error().what);
    }
    if (*span <= Duration{0} || *span > longest_pacing) {
      return not_a_pacing(text, "its span is out of range");
    }
    return Pacing{one.kind, *span};
  }
  return not_a_pacing(text, "it is not known");
}

std::string to_scenario_text(const Pacing& pacing) {
  switch (pacing.kind) {
    case Pacing::Kind::timer:
      return "timer";
    case Pacing::Kind::spin:
      return "spin:" + to_scenario_text(pacing.span);
    case Pacing::Kind::coalesce:
      return "coalesce:" + to_scenario_text(pacing.span);
  }
  return {};
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  std::string_view host = text.substr(0, colon);
  ListenAddress address;
  const std::string_view port =
      colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  const auto [stop, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) {
    host = host.substr(1, host.size() - 2);
  }
  if (host.empty() || error != std::errc{} || stop != port.data() + port.size() ||
      (!bracketed && host.find(':') != std::string_view::npos)) {
    return Error::usage(fmt::format("{} is no address to listen at; write it like 127.0.0.1:9000",
                                    in_quotes(text)));
  }
  address.host = host;
  return address;
}

std::string to_scenario_text(const ListenAddress& address) {
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", address.host, is_ipv6 ? "]" : "",
                     address.port);
}

Result<Swing> parse_swing(std::string_view text) {
  const auto dots = text.find("..");
  if (dots == std::string_view::npos) {
    return not_a_swing(text, "the two dots are missing");
  }
  const Result<Rate> least = parse_rate(text.substr(0, dots));
  const Result<Rate> most = parse_rate(text.substr(dots + 2));
  for (const Result<Rate>* const one : {&least, &most}) {
    if (one->has_error()) {
      return not_a_swing(text, one->error().what);
    }
  }
  if (!(*least > Rate{} && *most <= fastest)) {
    return not_a_swing(text, "a rate is out of range");
  }
  if (!(*least < *most)) {
    return not_a_swing(text, "the second rate must be above the first");
  }
  return Swing{*least, *most};
}

std::string to_scenario_text(const Swing& swing) {
  return fmt::format("{}..{}", to_scenario_text(swing.least), to_scenario_text(swing.most));
}

}  // namespace queuemeter
