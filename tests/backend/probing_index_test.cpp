// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/probing_index.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace queuemeter {
namespace {

using Index = ProbingIndex<std::uint64_t, UINT64_MAX>;

TEST(ProbingIndex, AgreesWithAMapWhateverIsAddedAndTaken) {
  Index index{4};
  std::map<std::uint64_t, std::uint32_t> expected;
  std::mt19937_64 draws{7};
  for (std::uint32_t round = 0; round < 20'000; ++round) {
    const std::uint64_t key = draws() % 300;
    if (const auto found = expected.find(key); found != expected.end()) {
      EXPECT_EQ(index.find(key), found->second);
      index.erase(key);
      expected.erase(found);
    } else {
      EXPECT_EQ(index.find(key), Index::nothing);
      index.insert(key, round);
      expected.emplace(key, round);
    }
    ASSERT_EQ(index.size(), expected.size());
  }
  for (const auto& [key, number] : expected) {
    EXPECT_EQ(index.find(key), number);
  }
}

}  // namespace
}  // namespace queuemeter
