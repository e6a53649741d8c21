// SPDX-License-Identifier: Apache-2.0
#include "harness/call/reply_wire.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <vector>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

/// Knows one record, of run 5.
class OneRecord final : public CallIntake {
 public:
  std::optional<CallHandle> admit(const Call& call) noexcept override {
    if (call.run_id != 5) {
      ++foreign;
      return std::nullopt;
    }
    return CallHandle{&record, call.sequence};
  }
  CallRecord record;
  int foreign = 0;
};

struct ReplyWire : testing::Test {
  ReplyWire() {
    intake.record.call.run_id = 5;
    intake.record.call.sequence = 77;
    intake.record.publish(77);
    answered.call = intake.record.call;
    answered.outcome = Outcome::failed;
    answered.reason = Reason::backend_timeout;
    answered.at.taken_at = Instant{1s};
    answered.at.called_at = unobserved;
    answered.at.replied_at = Instant{3s};
    write_reply(answered, bytes);
  }

  OneRecord intake;
  CallRecord answered;
  std::array<std::byte, reply_wire_bytes> bytes{};
};

TEST_F(ReplyWire, BringsOutcomeAndInstantsBackToTheRecord) {
  const std::optional<CallHandle> call = read_reply(bytes, intake);

  ASSERT_TRUE(call.has_value());
  EXPECT_EQ(call->sequence, 77U);
  EXPECT_EQ(intake.record.outcome, Outcome::failed);
  EXPECT_EQ(intake.record.reason, Reason::backend_timeout);
  EXPECT_EQ(intake.record.at.taken_at, Instant{1s});
  EXPECT_EQ(intake.record.at.called_at, unobserved);
  EXPECT_EQ(intake.record.at.replied_at, Instant{3s});
}

TEST_F(ReplyWire, HasTheDocumentedForm) {
  EXPECT_EQ(std::to_integer<char>(bytes[64]), 'Q');
  EXPECT_EQ(std::to_integer<char>(bytes[67]), '1');
  EXPECT_EQ(std::to_integer<int>(bytes[68]), 4) << "failed";
  EXPECT_EQ(std::to_integer<int>(bytes[69]), static_cast<int>(Reason::backend_timeout));
  EXPECT_EQ(std::to_integer<int>(bytes[75]), 0x3b) << "1 s = 0x3b9aca00 ns, little-endian";
  EXPECT_EQ(std::to_integer<int>(bytes[87]), 0x80) << "unobserved is the least integer";
}

TEST_F(ReplyWire, WithoutATrailerTheCallIsCompletedAndItsSpansAreNull) {
  const std::optional<CallHandle> call =
      read_reply(std::span{bytes}.first(wire_header_bytes), intake);

  ASSERT_TRUE(call.has_value());
  EXPECT_EQ(intake.record.outcome, Outcome::completed);
  EXPECT_FALSE(is_observed(intake.record.at.taken_at));
  EXPECT_EQ(intake.foreign, 0);
}

TEST_F(ReplyWire, ToleratesAnEchoedPayload) {
  std::vector<std::byte> echo(bytes.begin(), bytes.begin() + wire_header_bytes);
  echo.resize(1000, std::byte{'Q'});

  EXPECT_TRUE(read_reply(echo, intake).has_value());
  EXPECT_FALSE(is_observed(intake.record.at.replied_at));
}

TEST_F(ReplyWire, LeavesARecordAloneThatHoldsAnotherCallOrNone) {
  intake.record.publish(78);
  EXPECT_TRUE(read_reply(bytes, intake).has_value()) << "the settler finds it stale";
  EXPECT_FALSE(is_observed(intake.record.at.replied_at));

  intake.record.mark(77, CallRecord::Stage::free);
  EXPECT_TRUE(read_reply(bytes, intake).has_value());
  EXPECT_FALSE(is_observed(intake.record.at.replied_at));
}

TEST_F(ReplyWire, KeepsTheFirstOfTwoReplies) {
  ASSERT_TRUE(read_reply(bytes, intake).has_value());
  answered.at.replied_at = Instant{9s};
  answered.outcome = Outcome::completed;
  answered.reason = Reason::none;
  write_reply(answered, bytes);

  ASSERT_TRUE(read_reply(bytes, intake).has_value());

  EXPECT_EQ(intake.record.at.replied_at, Instant{3s});
  EXPECT_EQ(intake.record.outcome, Outcome::failed);
}

TEST_F(ReplyWire, CountsForeignAndMutilatedMessages) {
  EXPECT_FALSE(read_reply(std::span{bytes}.first(10), intake).has_value());
  bytes[69] = std::byte{255};
  EXPECT_FALSE(read_reply(bytes, intake).has_value()) << "no such reason";
  bytes[69] = static_cast<std::byte>(Reason::full);
  EXPECT_FALSE(read_reply(bytes, intake).has_value()) << "no reason a call fails for";
  answered.call.run_id = 6;
  write_reply(answered, bytes);
  EXPECT_FALSE(read_reply(bytes, intake).has_value());

  EXPECT_EQ(intake.foreign, 4);
  EXPECT_FALSE(is_observed(intake.record.at.replied_at));
}

}  // namespace
}  // namespace queuemeter
