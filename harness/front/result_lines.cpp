// SPDX-License-Identifier: Apache-2.0
#include "harness/front/result_lines.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace queuemeter {
namespace {

struct InstantLine {
  std::string_view name;
  std::string_view lower_case;
  Instant Instants::*member;
};
constexpr std::array instants{
    InstantLine{"X-Queuemeter-Taken", "x-queuemeter-taken", &Instants::taken_at},
    InstantLine{"X-Queuemeter-Called", "x-queuemeter-called", &Instants::called_at},
    InstantLine{"X-Queuemeter-Replied", "x-queuemeter-replied", &Instants::replied_at}};

void append_line(std::string& lines, std::string_view name, std::string_view value) {
  lines.append(name).append(": ").append(value).append("\r\n");
}

template <class Word, class Words>
std::optional<Word> word_of(std::string_view text, const Words& words) {
  const auto found =
      std::ranges::find_if(words, [text](Word word) { return to_string(word) == text; });
  return found == words.end() ? std::nullopt : std::optional{*found};
}

std::optional<Reason> reason_of(std::string_view text) {
  for (std::size_t number = 0; number < reason_count; ++number) {
    if (const auto reason = static_cast<Reason>(number); to_string(reason) == text) {
      return reason;
    }
  }
  return std::nullopt;
}

Instant instant_of(std::string_view text) {
  std::int64_t nanoseconds = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, nanoseconds);
  return error == std::errc{} && stop == end && nanoseconds > 0
             ? instant_from_nanoseconds(nanoseconds)
             : unobserved;
}

}  // namespace

void append_result_lines(const ToldResult& result, std::string& lines) {
  append_line(lines, "X-Queuemeter-Outcome", to_string(result.outcome));
  if (result.reason != Reason::none) {
    append_line(lines, "X-Queuemeter-Reason", to_string(result.reason));
  }
  for (const InstantLine& line : instants) {
    if (const Instant at = result.at.*line.member; is_observed(at)) {
      std::array<char, 20> digits{};
      const auto end = std::to_chars(digits.begin(), digits.end(), to_nanoseconds(at)).ptr;
      append_line(lines, line.name, {digits.data(), end});
    }
  }
}

std::optional<ToldResult> read_result_lines(const HttpFields& fields) {
  ToldResult result;
  if (const auto text = fields.find("x-queuemeter-outcome"); text.has_value()) {
    const std::optional<Outcome> outcome = word_of<Outcome>(*text, all_outcomes);
    if (!outcome.has_value()) {
      return std::nullopt;
    }
    result.outcome = *outcome;
  }
  if (const auto text = fields.find("x-queuemeter-reason"); text.has_value()) {
    const std::optional<Reason> reason = reason_of(*text);
    if (!reason.has_value() || !is_possible(result.outcome, *reason)) {
      return std::nullopt;
    }
    result.reason = *reason;
  }
  for (const InstantLine& line : instants) {
    if (const auto text = fields.find(line.lower_case); text.has_value()) {
      result.at.*line.member = instant_of(*text);
    }
  }
  return result;
}

}  // namespace queuemeter
