// SPDX-License-Identifier: Apache-2.0
#include "harness/call/wire.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <vector>

namespace queuemeter {
namespace {

using Header = std::array<std::byte, wire_header_bytes>;

Call sample_call() {
  Call call;
  call.run_id = 0x1122334455667788;
  call.sequence = 0x0102030405060708;
  call.caller = 0xA1A2A3A4;
  call.attempt = 2;
  call.class_index = 0xB1B2;
  call.priority = 9;
  call.payload_bytes = 0x01000100;
  call.checksum = 0xC1C2C3C4C5C6C7C8;
  call.planned_at = instant_from_nanoseconds(0x0D0C0B0A09080706);
  call.deadline = never;
  return call;
}

// Version 1, byte by byte. These bytes may never change: other processes speak them.
constexpr std::array<unsigned char, wire_header_bytes> golden{
    'Q',  'M',  'C',  '1',  0x00, 0x01, 0x00, 0x01, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,
    0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01, 0xA4, 0xA3, 0xA2, 0xA1, 0x02, 0x00, 0x00, 0x00,
    0xB2, 0xB1, 0x09, 0x00, 0x00, 0x00, 0x00, 0x00, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0xC8, 0xC7, 0xC6, 0xC5, 0xC4, 0xC3, 0xC2, 0xC1};

TEST(WireHeader, HasTheGoldenBytesOfVersion1) {
  Header header;
  header.fill(std::byte{0xEE});

  write_wire_header(sample_call(), header);

  EXPECT_TRUE(std::equal(header.begin(), header.end(), golden.begin(),
                         [](std::byte left, unsigned char right) {
                           return std::to_integer<unsigned char>(left) == right;
                         }));
}

TEST(WireHeader, GivesTheCallBack) {
  const Call sent = sample_call();
  Header header;
  write_wire_header(sent, header);

  const Call call = read_wire_header(header).value();

  EXPECT_EQ(call.run_id, sent.run_id);
  EXPECT_EQ(call.sequence, sent.sequence);
  EXPECT_EQ(call.caller, sent.caller);
  EXPECT_EQ(call.attempt, sent.attempt);
  EXPECT_EQ(call.class_index, sent.class_index);
  EXPECT_EQ(call.priority, sent.priority);
  EXPECT_EQ(call.payload_bytes, sent.payload_bytes);
  EXPECT_EQ(call.checksum, sent.checksum);
  EXPECT_EQ(call.planned_at, sent.planned_at);
  EXPECT_EQ(call.deadline, sent.deadline);
}

TEST(WireHeader, SaysWhatIsWrongWithForeignBytes) {
  Header header;
  write_wire_header(sample_call(), header);
  const auto refused = [](std::span<const std::byte> bytes) {
    const Result<Call> call = read_wire_header(bytes);
    return call.has_error() ? call.error().what : std::string{};
  };

  EXPECT_THAT(refused(std::span{header}.first(63)), testing::HasSubstr("only 63 came"));
  EXPECT_THAT(refused({}), testing::HasSubstr("only 0 came"));
  header[3] = std::byte{'2'};
  EXPECT_THAT(refused(header), testing::HasSubstr("version byte 0x32"));
  header[0] = std::byte{'{'};
  EXPECT_THAT(refused(header), testing::HasSubstr("not queuemeter's"));
}

TEST(PayloadChecksum, IsFnv1a) {
  const auto of = [](std::string_view text) {
    return payload_checksum(std::as_bytes(std::span{text}));
  };
  // Source: the test vectors of draft-eastlake-fnv, 64 bits.
  EXPECT_EQ(of(""), 0xcbf29ce484222325U);
  EXPECT_EQ(of("a"), 0xaf63dc4c8601ec8cU);
  EXPECT_EQ(of("foobar"), 0x85944171f73967e8U);
}

std::vector<std::byte> payload(std::uint64_t seed, std::uint64_t sequence, std::size_t bytes) {
  std::vector<std::byte> filled(bytes);
  fill_payload(seed, sequence, filled);
  return filled;
}

TEST(Payload, BelongsToItsSeedAndSequence) {
  EXPECT_EQ(payload(7, 1, 256), payload(7, 1, 256));
  EXPECT_NE(payload(7, 1, 256), payload(7, 2, 256));
  EXPECT_NE(payload(7, 1, 256), payload(8, 1, 256));
}

TEST(Payload, OfEveryLengthIsTheBeginningOfALongerOne) {
  const auto longest = payload(7, 1, 64);
  for (std::size_t bytes = 0; bytes <= 64; ++bytes) {
    const auto shorter = payload(7, 1, bytes);
    EXPECT_TRUE(std::equal(shorter.begin(), shorter.end(), longest.begin())) << bytes;
  }
}

TEST(Payload, DoesNotRepeatItself) {
  const auto bytes = payload(7, 1, 4'096);
  std::set<std::vector<std::byte>> blocks;
  for (std::size_t at = 0; at < bytes.size(); at += 16) {
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    blocks.emplace(begin, begin + 16);
  }
  EXPECT_EQ(blocks.size(), 256U);
}

}  // namespace
}  // namespace queuemeter
