// SPDX-License-Identifier: Apache-2.0
#include "harness/call/exit_code.hpp"

#include <gtest/gtest.h>

#include <array>
#include <ostream>

namespace queuemeter {

void PrintTo(ExitCode code, std::ostream* out) { *out << to_int(code); }

namespace {

constexpr std::array by_precedence{2, 4, 130, 5, 3, 1, 6, 0};

TEST(ExitCode, TheEarlierOfThePrecedenceWinsWhateverTheOrder) {
  for (std::size_t strong = 0; strong < by_precedence.size(); ++strong) {
    for (std::size_t weak = strong; weak < by_precedence.size(); ++weak) {
      const ExitCode winner = exit_code_from(by_precedence[strong]);
      const ExitCode loser = exit_code_from(by_precedence[weak]);

      EXPECT_EQ(combine(winner, loser), winner);
      EXPECT_EQ(combine(loser, winner), winner);
    }
  }
}

TEST(ExitCode, EveryNumberOfTheTableIsKept) {
  for (const int number : by_precedence) {
    EXPECT_EQ(to_int(exit_code_from(number)), number);
  }
}

TEST(ExitCode, AnUnknownNumberIsInvalidRatherThanSuccess) {
  EXPECT_EQ(exit_code_from(77), ExitCode::invalid);
  EXPECT_EQ(exit_code_from(-1), ExitCode::invalid);
}

TEST(ExitCode, ErrorsTellTheShellWhatKindTheyAre) {
  EXPECT_EQ(exit_code_of(Error::usage("x")), ExitCode::usage);
  EXPECT_EQ(exit_code_of(Error::unavailable("x")), ExitCode::unreachable);
  EXPECT_EQ(exit_code_of(Error::io("x")), ExitCode::invalid);
  EXPECT_EQ(exit_code_of(Error::invalid("x")), ExitCode::invalid);
}

}  // namespace
}  // namespace queuemeter
