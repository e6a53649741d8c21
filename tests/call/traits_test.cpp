// SPDX-License-Identifier: Apache-2.0
#include "harness/call/guarantee.hpp"
#include "harness/call/queue_traits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter {
namespace {

/// The words of the first `count` enumerators, which count from 0 without gaps.
template <class Enum>
std::vector<std::string_view> words(int count) {
  std::vector<std::string_view> all;
  all.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    all.push_back(to_string(static_cast<Enum>(i)));
  }
  return all;
}

TEST(QueueTraits, AreSpelledAsInListsAndResults) {
  using testing::ElementsAre;
  EXPECT_THAT(words<QueueOrder>(6), ElementsAre("fifo", "per_producer_fifo", "k_relaxed",
                                                "priority", "deadline", "lifo"));
  EXPECT_THAT(words<QueueEnds>(2), ElementsAre("one", "many"));
  EXPECT_THAT(words<QueueBound>(3), ElementsAre("calls", "bytes", "none"));
  EXPECT_THAT(words<QueueWait>(3), ElementsAre("never", "spins", "parks"));
  EXPECT_THAT(words<QueueScope>(3), ElementsAre("threads", "processes", "hosts"));
  EXPECT_THAT(words<QueueDelivery>(2), ElementsAre("destructive", "acked"));
  EXPECT_THAT(words<Ability>(3), ElementsAre("native", "emulated", "none"));
}

TEST(Guarantee, IsALetterWithANumber) {
  EXPECT_THAT(words<ProducerGuarantee>(5), testing::ElementsAre("G0", "G1", "G2", "G3", "G4"));
  EXPECT_THAT(words<ConsumerGuarantee>(3), testing::ElementsAre("C0", "C1", "C2"));
}

TEST(Guarantee, HasPlainWordsOfItsOwn) {
  std::set<std::string_view> sentences;
  for (int i = 0; i < 5; ++i) {
    sentences.insert(plain_words(static_cast<ProducerGuarantee>(i)));
  }
  for (int i = 0; i < 3; ++i) {
    sentences.insert(plain_words(static_cast<ConsumerGuarantee>(i)));
  }
  EXPECT_EQ(sentences.size(), 8U);
  for (const std::string_view sentence : sentences) {
    EXPECT_GT(sentence.size(), 20U) << sentence;
  }
}

}  // namespace
}  // namespace queuemeter
