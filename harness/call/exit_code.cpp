// SPDX-License-Identifier: Apache-2.0
#include "harness/call/exit_code.hpp"

#include <algorithm>
#include <array>

namespace queuemeter {

namespace {

constexpr std::array by_precedence{ExitCode::usage,        ExitCode::unreachable,
                                   ExitCode::interrupted,  ExitCode::guarantee_broken,
                                   ExitCode::invalid,      ExitCode::objective_missed,
                                   ExitCode::inconclusive, ExitCode::done};

}  // namespace

ExitCode combine(ExitCode one, ExitCode other) noexcept {
  const auto rank = [](ExitCode code) {
    return std::find(by_precedence.begin(), by_precedence.end(), code);
  };
  return *std::min(rank(one), rank(other));
}

ExitCode exit_code_of(const Error& error) noexcept {
  switch (error.kind) {
    case Error::Kind::usage:
      return ExitCode::usage;
    case Error::Kind::unavailable:
      return ExitCode::unreachable;
    case Error::Kind::io:
    case Error::Kind::invalid:
      return ExitCode::invalid;
  }
  return ExitCode::invalid;
}

ExitCode exit_code_from(int number) noexcept {
  const auto* known = std::find_if(by_precedence.begin(), by_precedence.end(),
                                   [number](ExitCode code) { return to_int(code) == number; });
  return known == by_precedence.end() ? ExitCode::invalid : *known;
}

}  // namespace queuemeter
