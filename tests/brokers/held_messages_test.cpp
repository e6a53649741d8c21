// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/brokers/held_messages.hpp"

#include "harness/call/wire.hpp"
#include "queue_impls/brokers/call_message.hpp"
#include "tests/brokers/private_redis.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace queuemeter::queues {
namespace {

TEST(HeldMessages, FindsWhatItHoldsAndNothingElse) {
  std::mt19937_64 random{7};
  HeldMessages held;
  CallRecord record;
  std::map<std::uint64_t, std::size_t> expected;
  for (int round = 0; round < 50'000; ++round) {
    if (expected.size() < 200 && random() % 2 == 0) {
      const std::uint64_t sequence = random() % 5000;
      if (!expected.contains(sequence)) {
        const std::size_t place =
            held.add({&record, sequence}, std::to_string(sequence), Instant{});
        held.at(place).handed_out = true;
        expected[sequence] = place;
      }
    } else if (!expected.empty()) {
      const auto gone =
          std::next(expected.begin(), static_cast<std::ptrdiff_t>(random() % expected.size()));
      held.release(gone->second);
      ASSERT_EQ(held.find({&record, gone->first}), HeldMessages::nowhere);
      expected.erase(gone);
    }
    ASSERT_EQ(held.size(), expected.size());
    for (const auto& [sequence, place] : expected) {
      ASSERT_EQ(held.find({&record, sequence}), place);
      ASSERT_EQ(held.at(place).bytes, std::to_string(sequence));
    }
  }
  EXPECT_LE(held.places(), 200U) << "places are reused";
}

TEST(HeldMessages, TheSameCallTwiceIsHeldTwice) {
  HeldMessages held;
  CallRecord record;
  const std::size_t one = held.add({&record, 5}, "first", Instant{});
  const std::size_t two = held.add({&record, 5}, "second", Instant{});
  EXPECT_EQ(held.find({&record, 5}), HeldMessages::nowhere) << "none was handed out";
  held.at(one).handed_out = held.at(two).handed_out = true;

  held.release(held.find({&record, 5}));
  EXPECT_NE(held.find({&record, 5}), HeldMessages::nowhere);
  held.release(held.find({&record, 5}));
  EXPECT_EQ(held.find({&record, 5}), HeldMessages::nowhere);
}

TEST(CallMessage, CarriesACallAndNoticesAMutilatedPayload) {
  brokers_test::TestRun run{4, 300};
  const PayloadBlock payload{7, 300};
  MessageWriter writer{MessageKind::call, payload};
  MessageReader reader{MessageKind::call, payload, &run.records};
  const CallRecord& record = *run.calls(2, 1).front().record;
  std::string message(writer.bytes_of(record), '\0');
  writer.write(record, message);
  const auto bytes = std::as_bytes(std::span{message.data(), message.size()});

  ASSERT_EQ(message.size(), 364U);
  EXPECT_EQ(read_wire_header(bytes).value().checksum,
            payload_checksum(bytes.subspan(wire_header_bytes)));
  EXPECT_EQ(reader.read(message).value().record, &record);
  message[200] = static_cast<char>(message[200] + 1);
  EXPECT_FALSE(reader.read(message).has_value());
  EXPECT_FALSE(reader.read(std::string_view{message}.substr(0, 363)).has_value());
  EXPECT_EQ(reader.mutilated(), 2U);
  EXPECT_EQ(run.records.foreign(), 0U);
  EXPECT_FALSE(reader.read("hello").has_value());
  EXPECT_EQ(run.records.foreign(), 1U);
}

TEST(CallMessage, CountsAttemptsInTheHeader) {
  brokers_test::TestRun run{1, 0};
  const PayloadBlock payload{7, 0};
  MessageWriter writer{MessageKind::call, payload};
  const CallRecord& record = *run.calls(0, 1).front().record;
  std::string message(writer.bytes_of(record), '\0');
  writer.write(record, message);

  for (int again = 0; again < 300; ++again) {
    count_attempt(message);
  }
  EXPECT_EQ(
      read_wire_header(std::as_bytes(std::span{message.data(), message.size()})).value().attempt,
      301U);
}

}  // namespace
}  // namespace queuemeter::queues
