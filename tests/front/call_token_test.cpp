// SPDX-License-Identifier: Apache-2.0
#include "harness/front/call_token.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

namespace queuemeter {
namespace {

constexpr RunSecret counting_key{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

std::string text_of(const CallTokens& tokens, std::uint64_t sequence) {
  const CallTokens::Text text = tokens.text_of(sequence);
  return {text.data(), text.size()};
}

/// Source: Aumasson and Bernstein, appendix A, and the first vectors of their reference code.
TEST(SipHash, GivesTheReferenceVectors) {
  std::vector<std::uint8_t> message(15);
  std::iota(message.begin(), message.end(), std::uint8_t{0});
  const std::span<const std::uint8_t> bytes{message};

  EXPECT_EQ(siphash(counting_key, bytes.first(0)), 0x726fdb47dd0e0e31U);
  EXPECT_EQ(siphash(counting_key, bytes.first(1)), 0x74f839c593dc67fdU);
  EXPECT_EQ(siphash(counting_key, bytes.first(8)), 0x93f5f5799a932462U);
  EXPECT_EQ(siphash(counting_key, bytes), 0xa129ca6149be45e5U);
}

TEST(CallTokens, NameTheirCall) {
  const CallTokens tokens{0xABCDEF, counting_key};

  for (const std::uint64_t sequence : {std::uint64_t{0}, std::uint64_t{4711}, ~std::uint64_t{0}}) {
    EXPECT_EQ(tokens.sequence_of(text_of(tokens, sequence)), sequence);
  }
}

TEST(CallTokens, OfAnotherRunSecretOrCallAreNotAccepted) {
  const CallTokens tokens{1, counting_key};
  const CallTokens of_another_run{2, counting_key};
  RunSecret another_key = counting_key;
  another_key.back() ^= 1U;
  const CallTokens with_another_key{1, another_key};

  EXPECT_FALSE(tokens.sequence_of(text_of(of_another_run, 5)).has_value());
  EXPECT_FALSE(tokens.sequence_of(text_of(with_another_key, 5)).has_value());
  const std::string five = text_of(tokens, 5);
  const std::string six = text_of(tokens, 6);
  EXPECT_FALSE(tokens.sequence_of(six.substr(0, 17) + five.substr(17)).has_value());
}

TEST(CallTokens, AreNotReadFromAnythingElse) {
  const CallTokens tokens{1, counting_key};
  std::string text = text_of(tokens, 5);

  EXPECT_FALSE(tokens.sequence_of("").has_value());
  EXPECT_FALSE(tokens.sequence_of(text + "0").has_value());
  EXPECT_FALSE(tokens.sequence_of(text.substr(1)).has_value());
  text[16] = '-';
  EXPECT_FALSE(tokens.sequence_of(text).has_value());
  EXPECT_FALSE(tokens.sequence_of(std::string(33, 'x')).has_value());
  std::string upper = text_of(tokens, 5);
  upper[20] = upper[20] == 'g' ? 'h' : 'g';
  EXPECT_FALSE(tokens.sequence_of(upper).has_value());
}

TEST(RunSecret, IsANewOneEachTime) { EXPECT_NE(make_run_secret(), make_run_secret()); }

}  // namespace
}  // namespace queuemeter
