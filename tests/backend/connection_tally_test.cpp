// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/connection_tally.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

namespace queuemeter {
namespace {

using Marks = std::vector<ConnectionTally::Mark>;

/// Every connection has asked; then `served` of them are answered and ask again, by turns.
void serve_some(ConnectionTally& tally, Marks& marks, std::size_t served, std::size_t rounds) {
  for (ConnectionTally::Mark& mark : marks) {
    tally.asked(mark);
  }
  for (std::size_t round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < served; ++i) {
      tally.answered(marks[i], marks.size());
      tally.asked(marks[i]);
    }
  }
}

void close_all(ConnectionTally& tally, Marks& marks) {
  for (ConnectionTally::Mark& mark : marks) {
    tally.closed(mark, marks.size());
  }
}

TEST(ConnectionTally, AServerThatServesAllByTurnsPassesNobodyOver) {
  ConnectionTally tally;
  Marks marks(100);

  serve_some(tally, marks, 100, 50);
  close_all(tally, marks);

  EXPECT_EQ(tally.account(), (ConnectionTotals{.used = 100, .passed_over = 0, .answers = 5'000}));
}

TEST(ConnectionTally, WhoIsNeverAnsweredWhileOthersAreIsPassedOver) {
  ConnectionTally tally;
  Marks marks(100);

  serve_some(tally, marks, 8, 200);
  close_all(tally, marks);

  EXPECT_EQ(tally.account(), (ConnectionTotals{.used = 100, .passed_over = 92, .answers = 1'600}));
}

TEST(ConnectionTally, AFirstAnswerThatComesAfterAllTheOthersWasLateAllTheSame) {
  ConnectionTally tally;
  Marks marks(100);
  serve_some(tally, marks, 8, 200);

  for (std::size_t i = 8; i < marks.size(); ++i) {
    tally.answered(marks[i], marks.size());  // the traffic has stopped, the server has time
  }
  close_all(tally, marks);

  EXPECT_EQ(tally.account().passed_over, 92u);
}

TEST(ConnectionTally, WhileNobodyIsAnsweredNobodyIsPassedOver) {
  ConnectionTally tally;
  Marks served(8);
  serve_some(tally, served, 8, 1'000);
  Marks frozen(100);

  serve_some(tally, frozen, 0, 0);
  close_all(tally, frozen);

  EXPECT_EQ(tally.account().passed_over, 0u);
  EXPECT_EQ(tally.account().used, 108u);
}

TEST(ConnectionTally, AConnectionThatWasNeverAskedIsNotUsed) {
  ConnectionTally tally;
  ConnectionTally::Mark spare;

  tally.closed(spare, 1);

  EXPECT_EQ(tally.account(), ConnectionTotals{});
}

}  // namespace
}  // namespace queuemeter
