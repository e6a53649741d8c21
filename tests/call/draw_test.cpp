// SPDX-License-Identifier: Apache-2.0
#include "harness/call/draw.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <set>
#include <thread>
#include <vector>

namespace queuemeter {
namespace {

using Words = std::array<std::uint32_t, 4>;

// Source: Random123 1.14, tests/kat_vectors, philox4x32-10.
TEST(Philox, GivesTheKnownAnswersOfRandom123) {
  constexpr std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({ones, ones, ones, ones}, {ones, ones}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(KeyedDraws, AreAPureFunctionOfTheirKeyOnEveryThread) {
  constexpr std::uint64_t draws = 1'000;
  const auto all = [] {
    std::vector<double> numbers;
    const KeyedDraws keyed{7, DrawUse::service, 3};
    for (std::uint64_t i = 0; i < draws; ++i) {
      const UniformPair pair = keyed.uniform(draws - i);
      numbers.push_back(pair.first);
      numbers.push_back(pair.second);
    }
    return numbers;
  };

  std::vector<double> elsewhere;
  std::thread{[&] { elsewhere = all(); }}.join();

  EXPECT_EQ(all(), elsewhere);
}

TEST(KeyedDraws, DifferWhenAnyPartOfTheKeyDiffers) {
  const std::set<double> numbers{
      KeyedDraws(7, DrawUse::service).uniform(1).first,
      KeyedDraws(8, DrawUse::service).uniform(1).first,
      KeyedDraws(7 + (std::uint64_t{1} << 32U), DrawUse::service).uniform(1).first,
      KeyedDraws(7, DrawUse::arrival).uniform(1).first,
      KeyedDraws(7, DrawUse::service, 1).uniform(1).first,
      KeyedDraws(7, DrawUse::service).uniform(2).first,
      KeyedDraws(7, DrawUse::service).uniform(1 + (std::uint64_t{1} << 32U)).first,
      KeyedDraws(7, DrawUse::service).uniform(1, 1).first,
      KeyedDraws(7, DrawUse::service).uniform(1).second};
  EXPECT_EQ(numbers.size(), 9U);
}

TEST(KeyedDraws, AreUniformAndUncorrelated) {
  constexpr int draws = 100'000;
  const KeyedDraws keyed{42, DrawUse::arrival};
  std::array<int, 10> bins{};
  double sum = 0.0;
  double product = 0.0;
  for (int i = 0; i < draws; ++i) {
    const UniformPair pair = keyed.uniform(static_cast<std::uint64_t>(i));
    ASSERT_GT(pair.first, 0.0);
    ASSERT_LT(pair.first, 1.0);
    ++bins[static_cast<std::size_t>(pair.first * 10.0)];
    sum += pair.second;
    product += (pair.first - 0.5) * (pair.second - 0.5);
  }

  double chi_square = 0.0;
  for (const int count : bins) {
    chi_square += std::pow(count - draws / 10.0, 2) / (draws / 10.0);
  }
  EXPECT_LT(chi_square, 27.9);  // 9 degrees of freedom, p = 0.001
  EXPECT_NEAR(sum / draws, 0.5, 3.3 / std::sqrt(12.0 * draws));
  EXPECT_NEAR(product / draws * 12.0, 0.0, 3.3 / std::sqrt(draws));
}

}  // namespace
}  // namespace queuemeter
