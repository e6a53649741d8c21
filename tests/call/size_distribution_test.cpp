// SPDX-License-Identifier: Apache-2.0
#include "harness/call/size_distribution.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace queuemeter {
namespace {

constexpr UniformPair least_draw{0x1p-53, 0.5};
constexpr UniformPair most_draw{1.0 - 0x1p-53, 0.5};

std::vector<std::uint32_t> samples(const SizeDistribution& sizes, std::uint64_t count = 20'000) {
  const KeyedDraws draws{3, DrawUse::payload};
  std::vector<std::uint32_t> all;
  for (std::uint64_t i = 0; i < count; ++i) {
    all.push_back(sizes.sample(draws.uniform(i)));
  }
  std::sort(all.begin(), all.end());
  return all;
}

TEST(SizeDistribution, OfOneSizeIsThatSizeWhateverTheDraw) {
  for (const std::string text : {"64KiB", "constant(64KiB)", " constant( 65536B ) "}) {
    const SizeDistribution sizes = SizeDistribution::parse(text).value();
    EXPECT_EQ(sizes, SizeDistribution::constant(65'536));
    EXPECT_EQ(sizes.sample(least_draw), 65'536U);
    EXPECT_EQ(sizes.sample(most_draw), 65'536U);
    EXPECT_EQ(sizes.largest(), 65'536U);
  }
  EXPECT_EQ(SizeDistribution::parse("0B").value().largest(), 0U);
}

TEST(SizeDistribution, ThatIsUniformHasEverySizeEquallyOften) {
  const SizeDistribution sizes = SizeDistribution::parse("uniform(10B, 13B)").value();
  std::map<std::uint32_t, int> counts;
  for (const std::uint32_t size : samples(sizes)) {
    ++counts[size];
  }
  ASSERT_EQ(counts.size(), 4U);
  double chi_square = 0.0;
  for (const auto& [size, count] : counts) {
    EXPECT_GE(size, 10U);
    EXPECT_LE(size, 13U);
    chi_square += (count - 5'000.0) * (count - 5'000.0) / 5'000.0;
  }
  EXPECT_LT(chi_square, 16.3);  // three degrees of freedom, one in a thousand
  EXPECT_EQ(sizes.sample(least_draw), 10U);
  EXPECT_EQ(sizes.sample(most_draw), 13U);
  EXPECT_EQ(sizes.largest(), 13U);
}

TEST(SizeDistribution, ThatIsLognormalHasItsMedianAndSigma) {
  const SizeDistribution sizes = SizeDistribution::parse("lognormal(1KiB, 0.5)").value();
  const auto all = samples(sizes);
  EXPECT_NEAR(all[all.size() / 2], 1'024.0, 15.0);
  double squares = 0.0;
  for (const std::uint32_t size : all) {
    const double log = std::log(size / 1'024.0);
    squares += log * log;
  }
  EXPECT_NEAR(std::sqrt(squares / static_cast<double>(all.size())), 0.5, 0.01);
}

TEST(SizeDistribution, IsNeverLargerThanItSays) {
  for (const std::string text :
       {"lognormal(1KiB, 0.5)", "lognormal(1MiB, 5)", "lognormal(16MiB, 1)", "lognormal(0B, 5)",
        "lognormal(100B, 0)", "uniform(0B, 16MiB)"}) {
    const SizeDistribution sizes = SizeDistribution::parse(text).value();
    EXPECT_LE(samples(sizes).back(), sizes.largest()) << text;
    EXPECT_LE(sizes.largest(), SizeDistribution::largest_payload) << text;
    // The largest normal number that a draw can make, and the smallest.
    EXPECT_LE(sizes.sample({0x1p-53, 0x1p-53}), sizes.largest()) << text;
    EXPECT_LE(sizes.sample({0x1p-53, 0.5}), sizes.sample({0x1p-53, 0x1p-53})) << text;
  }
  EXPECT_EQ(SizeDistribution::lognormal(1U << 20U, 5.0).largest(),
            SizeDistribution::largest_payload);
  // Not all of what could be: buffers are made for it.
  EXPECT_LT(SizeDistribution::lognormal(1'024, 0.5).largest(), 80'000U);
}

TEST(SizeDistribution, MadeOfSizesBeyondTheLimitStaysWithinIt) {
  constexpr std::uint32_t limit = SizeDistribution::largest_payload;
  EXPECT_EQ(SizeDistribution::constant(limit + 1).largest(), limit);
  EXPECT_EQ(SizeDistribution::uniform(5, 3), SizeDistribution::uniform(5, 5));
}

TEST(SizeDistribution, IsReadBackFromItsText) {
  for (const std::string text : {"0B", "256B", "16777216B", "uniform(100B, 2048B)",
                                 "lognormal(1024B, 1.2)", "lognormal(1B, 0.30000000000000004)"}) {
    const SizeDistribution sizes = SizeDistribution::parse(text).value();
    EXPECT_EQ(sizes.to_text(), text);
    EXPECT_EQ(SizeDistribution::parse(sizes.to_text()).value(), sizes);
  }
}

struct Malformed {
  std::string text;
  std::string reason;
};
void PrintTo(const Malformed& malformed, std::ostream* out) { *out << malformed.text; }

class MalformedSize : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedSize, IsAnsweredWithWhatWouldBeRight) {
  const auto sizes = SizeDistribution::parse(GetParam().text);
  ASSERT_TRUE(sizes.has_error());
  EXPECT_THAT(sizes.error().what, testing::HasSubstr(GetParam().reason));
  EXPECT_THAT(sizes.error().what, testing::HasSubstr("is not a distribution of sizes"));
  EXPECT_THAT(sizes.error().what, testing::EndsWith("or lognormal(1KiB, 1.2)"));
  EXPECT_LT(sizes.error().what.size(), 400U);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, MalformedSize,
    testing::Values(Malformed{"", "it is empty"}, Malformed{"256", "unit"},
                    Malformed{"-1B", "negative"}, Malformed{"17MiB", "more than 16,777,216 bytes"},
                    Malformed{"uniform(1B, 17MiB)", "more than 16,777,216 bytes"},
                    Malformed{"uniform(2B)", "uniform takes 2 values, not 1"},
                    Malformed{"constant(2B, 3B)", "constant takes 1 value, not 2"},
                    Malformed{"uniform(3B, 2B)", "the second value is below the first"},
                    Malformed{"uniform(1B, 2B", "closing bracket"},
                    Malformed{"normal(1B, 2B)", "\"normal\" is not known"},
                    Malformed{"lognormal(1KiB, x)", "the sigma \"x\" is not a number"},
                    Malformed{"lognormal(1KiB, nan)", "the sigma \"nan\""},
                    Malformed{"lognormal(1KiB, 5.1)", "from 0 to 5"},
                    Malformed{"lognormal(1KiB, -1)", "from 0 to 5"}, Malformed{"()", "not known"},
                    Malformed{std::string(500, 'x'), "plain number"}));

}  // namespace
}  // namespace queuemeter
