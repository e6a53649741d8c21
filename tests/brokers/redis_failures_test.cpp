// SPDX-License-Identifier: Apache-2.0
// What becomes of calls when a Redis server fails, and what is said before a run that cannot begin.
#include "harness/call/exit_code.hpp"
#include "queue_impls/catalogue.hpp"
#include "tests/brokers/private_redis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace queuemeter::brokers_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

class RedisFailures : public testing::Test {
 protected:
  static Error error_of(const std::string& url, QueueSettings settings = {}) {
    TestRun run{1};
    settings.use = url;
    const Result<std::unique_ptr<Queue>> opened = queues::open_queue(settings, run.context);
    return opened.has_error() ? opened.error() : Error::usage("it was opened");
  }

  /// Offers one call after the other until one is accepted; how it ended.
  bool offers_succeed_again(QueueProducer& producer, HeardConfirmations& sink, TestRun& run) {
    const Instant limit = clock_.now() + seconds{10};
    std::array<Instant, 1> at;
    while (clock_.now() < limit) {
      const std::size_t before = sink.heard.size();
      if (producer.offer(run.calls(0, 1), at).done == 1) {
        step_until(producer, sink, before + 1);
        if (sink.heard.back().result == QueueResult::ok) {
          return true;
        }
      }
      producer.step(clock_.now());
      std::this_thread::sleep_for(milliseconds{1});
    }
    return false;
  }

  MonotonicClock clock_;
};

TEST_F(RedisFailures, AKilledServerLeavesOffersInDoubtAndLaterOnesRejected) {
  PrivateRedis redis;
  TestRun run{100};
  HeardConfirmations sink;
  const auto queue = open(redis.url(), run);
  const auto producer = queue->make_producer(clock_, &sink);
  std::array<Instant, 10> at;
  producer->offer(run.calls(0, 10), at);
  step_until(*producer, sink, 10);
  redis.freeze();
  producer->offer(run.calls(10, 10), at);

  redis.kill();
  step_until(*producer, sink, 20);
  const ChunkResult later = producer->offer(run.calls(20, 1), at);

  EXPECT_EQ(sink.count(QueueResult::ok), 10U);
  EXPECT_EQ(sink.count(QueueResult::failed), 10U);
  EXPECT_EQ(later.done, 0U);
  EXPECT_EQ(later.result, QueueResult::rejected);
  EXPECT_EQ(queue->depth(), std::nullopt);
}

TEST_F(RedisFailures, ARestartedServerIsUsedAgainByBothEnds) {
  PrivateRedis redis;
  TestRun run{100};
  HeardConfirmations sink;
  const auto queue = open(redis.url(), run);
  const auto producer = queue->make_producer(clock_, &sink);
  const auto consumer = queue->make_consumer(clock_);
  std::array<CallHandle, 1> taken;
  std::array<Instant, 1> at;
  ASSERT_EQ(consumer->wait(clock_.now() + milliseconds{5}), QueueResult::timed_out);

  redis.kill();
  EXPECT_NE(consumer->take(taken, at).result, QueueResult::ok);
  EXPECT_EQ(consumer->wait(clock_.now() + milliseconds{50}), QueueResult::timed_out);
  redis.start();

  EXPECT_TRUE(offers_succeed_again(*producer, sink, run));
  const Instant limit = clock_.now() + seconds{10};
  std::size_t done = 0;
  while (done == 0 && clock_.now() < limit) {
    consumer->wait(clock_.now() + milliseconds{20});
    done = consumer->take(taken, at).done;
  }
  EXPECT_EQ(done, 1U);
}

TEST_F(RedisFailures, AWaitOnAServerThatIsAwayDoesNotSpin) {
  PrivateRedis redis;
  TestRun run{1};
  const auto queue = open(redis.url(), run);
  const auto consumer = queue->make_consumer(clock_);
  redis.kill();
  std::size_t turns = 0;

  const Instant until = clock_.now() + milliseconds{300};
  while (clock_.now() < until) {
    std::array<CallHandle, 1> taken;
    std::array<Instant, 1> at;
    consumer->take(taken, at);
    consumer->wait(until);
    ++turns;
  }

  EXPECT_LE(turns, 20U) << "pauses that double from 10 ms on";
}

TEST_F(RedisFailures, AFrozenServerHoldsATakeUpForATenthOfASecondOnly) {
  PrivateRedis redis;
  TestRun run{4};
  const auto queue = open(redis.url(), run);
  const auto producer = queue->make_producer(clock_);
  const auto consumer = queue->make_consumer(clock_);
  std::array<CallHandle, 1> taken;
  std::array<Instant, 1> at;
  ASSERT_EQ(producer->offer(run.calls(0, 1), at).done, 1U);
  redis.freeze();

  const Instant began = clock_.now();
  const ChunkResult frozen = consumer->take(taken, at);
  const Instant looked = clock_.now();
  static_cast<void>(queue->depth());
  const Duration depth_took = clock_.now() - looked;
  redis.thaw();
  const QueueResult ended = consumer->wait(clock_.now() + seconds{5});

  EXPECT_EQ(frozen.result, QueueResult::timed_out);
  EXPECT_LT(looked - began, seconds{1});
  EXPECT_LT(depth_took, milliseconds{500}) << "2 ms, and what a busy machine adds";
  EXPECT_EQ(ended, QueueResult::empty);
  EXPECT_EQ(consumer->take(taken, at).done, 1U) << "the answer came late, and was not lost";
}

TEST_F(RedisFailures, ASweepOfAServerThatIsAwayFindsNothingAndSaysSo) {
  PrivateRedis redis;
  TestRun run{4};
  const auto queue = open(redis.url(), run);
  std::array<CallHandle, 1> taken;
  std::array<Instant, 1> at;
  ASSERT_EQ(queue->make_producer(clock_)->offer(run.calls(0, 1), at).done, 1U);
  redis.kill();

  queue->close();
  const ChunkResult swept = queue->make_consumer(clock_)->take(taken, at);

  EXPECT_EQ(swept.done, 0U);
  EXPECT_FALSE(queue->can_be_swept());
}

TEST_F(RedisFailures, MemoryThatIsUsedUpRejectsAsFull) {
  PrivateRedis redis{{"--maxmemory", "3mb", "--maxmemory-policy", "noeviction"}};
  TestRun run{4000, 4096};
  HeardConfirmations sink;
  const auto queue = open(redis.url(), run);
  const auto producer = queue->make_producer(clock_, &sink);
  std::array<Instant, 32> at;

  for (std::size_t next = 0; next + 32 <= 4000; next += 32) {
    producer->offer(run.calls(next, 32), at);
    step_until(*producer, sink, next + 32);
  }

  EXPECT_GT(sink.count(QueueResult::full), 0U);
  EXPECT_EQ(sink.count(QueueResult::full) + sink.count(QueueResult::ok), sink.heard.size());
  EXPECT_EQ(depth_soon(*queue, sink.count(QueueResult::ok)), sink.count(QueueResult::ok));
}

TEST_F(RedisFailures, AListTrimmedBySomebodyElseIsALossWithItsReason) {
  PrivateRedis redis;
  TestRun run{20};
  const auto queue = open(redis.url(), run);
  const auto worker = queue->make_consumer(clock_);
  std::array<Instant, 10> at;
  std::array<CallHandle, 10> taken;
  ASSERT_EQ(queue->make_producer(clock_)->offer(run.calls(0, 10), at).done, 10U);
  ASSERT_EQ(redis.cli("LTRIM " + queue->effective_settings()[1].second + " 0 3"), "OK");

  queue->close();
  const auto sweeping = queue->make_consumer(clock_);

  EXPECT_EQ(sweeping->take(taken, at).done, 4U);
  EXPECT_EQ(sweeping->take(taken, at).result, QueueResult::closed);
  EXPECT_TRUE(queue->can_be_swept());
  EXPECT_EQ(queue->loss_reason(5), Reason::foreign_removal);
  EXPECT_EQ(queue->loss_reason(6), Reason::none) << "six were trimmed, and no more";
}

TEST_F(RedisFailures, MessagesOfSomebodyElseAreCountedAndNotWorkedOn) {
  PrivateRedis redis;
  TestRun run{20};
  const auto queue = open(redis.url(), run);
  const auto consumer = queue->make_consumer(clock_);
  std::array<Instant, 4> at;
  std::array<CallHandle, 4> taken;
  ASSERT_EQ(redis.cli("LPUSH " + queue->effective_settings()[1].second + " hello"), "1");
  ASSERT_EQ(queue->make_producer(clock_)->offer(run.calls(0, 1), at).done, 1U);

  EXPECT_EQ(consumer->take(taken, at).done, 1U);

  EXPECT_EQ(run.records.foreign(), 1U);
}

TEST_F(RedisFailures, AKeyThatBecomesSomethingElseRejectsOffersAndFailsTakes) {
  PrivateRedis redis;
  TestRun run{20};
  const auto queue = open(redis.url(), run);
  const auto producer = queue->make_producer(clock_);
  const auto consumer = queue->make_consumer(clock_);
  std::array<Instant, 1> at;
  std::array<CallHandle, 1> taken;
  ASSERT_EQ(redis.cli("SET " + queue->effective_settings()[1].second + " text"), "OK");

  EXPECT_EQ(producer->offer(run.calls(0, 1), at).result, QueueResult::rejected);
  EXPECT_EQ(consumer->take(taken, at).result, QueueResult::failed);
}

TEST_F(RedisFailures, WhatCannotBeReachedIsExitFour) {
  const std::string nowhere = "redis://127.0.0.1:" + std::to_string(free_port()) + "/0";
  PrivateRedis redis;
  QueueSettings hasty;
  hasty.options = {{"reply_timeout", "200ms"}, {"connect_timeout", "200ms"}};

  const Error refused = error_of(nowhere);
  redis.freeze();
  const Error frozen = error_of(redis.url(), hasty);
  redis.thaw();

  EXPECT_EQ(exit_code_of(refused), ExitCode::unreachable);
  EXPECT_THAT(refused.what, HasSubstr("was not reached (Connection refused)"));
  EXPECT_EQ(exit_code_of(frozen), ExitCode::unreachable);
  EXPECT_THAT(frozen.what, HasSubstr("no answer within"));
}

TEST_F(RedisFailures, WrongSettingsAreExitTwoInOneSentenceWithoutThePassword) {
  PrivateRedis redis{{"--requirepass", "right", "--databases", "4"}};
  const std::string port = std::to_string(redis.port());
  const std::vector<std::pair<std::string, std::string>> cases{
      {redis.url(), "NOAUTH"},
      {redis.url(":hunter2@"), "WRONGPASS"},
      {redis.url("nobody:hunter2@"), "WRONGPASS"},
      {"redis://:right@127.0.0.1:" + port + "/9", "no such database"},
      {"redis://:hunter2@127.0.0.1:port/0", "no valid host and port"},
      {"redis://:hunter2@127.0.0.1:" + port + "/zero", "no valid database"},
  };

  for (const auto& [url, expected] : cases) {
    const Error error = error_of(url);
    EXPECT_EQ(exit_code_of(error), ExitCode::usage) << error.what;
    EXPECT_THAT(error.what, HasSubstr(expected));
    EXPECT_THAT(error.what, Not(HasSubstr("hunter2")));
    EXPECT_THAT(error.what, Not(HasSubstr("\n")));
  }
  TestRun run{1};
  const auto queue = open(redis.url(":right@"), run);
  for (const auto& [name, value] : queue->effective_settings()) {
    EXPECT_THAT(value, Not(HasSubstr("right")));
  }
}

TEST_F(RedisFailures, AUserOfTheServersOwnListIsLetIn) {
  PrivateRedis redis{{"--user", "meter", "on", ">let:me in", "~*", "&*", "+@all"}};
  TestRun run{1};
  std::array<Instant, 1> at;
  ::setenv("QUEUEMETER_TEST_PASSWORD", "let:me in", 1);
  QueueSettings by_environment;
  by_environment.options = {{"password_env", "QUEUEMETER_TEST_PASSWORD"}};

  const auto encoded = open(redis.url("meter:let%3Ame%20in@"), run);
  EXPECT_EQ(encoded->make_producer(clock_)->offer(run.calls(0, 1), at).done, 1U);
  std::array<CallHandle, 1> taken;
  EXPECT_EQ(encoded->make_consumer(clock_)->take(taken, at).done, 1U);
  TestRun other{1, 100, 0x99};
  EXPECT_NO_THROW(open(redis.url("meter@"), other, by_environment));
}

TEST_F(RedisFailures, AnExistingListIsUsedOnlyWhenAskedForAndEmptyAndIsNeverDeleted) {
  PrivateRedis redis;
  QueueSettings settings;
  settings.options = {{"list", "theirs"}};
  EXPECT_THAT(error_of(redis.url(), settings).what, HasSubstr("use_existing"));
  settings.options.emplace_back("use_existing", "true");
  ASSERT_EQ(redis.cli("LPUSH theirs something"), "1");
  EXPECT_THAT(error_of(redis.url(), settings).what, HasSubstr("holds 1 messages already"));
  ASSERT_EQ(redis.cli("SET other text"), "OK");
  QueueSettings wrong_type = settings;
  wrong_type.options.front().second = "other";
  EXPECT_THAT(error_of(redis.url(), wrong_type).what, HasSubstr("holds a string, not a list"));
  EXPECT_EQ(exit_code_of(error_of(redis.url(), wrong_type)), ExitCode::usage);
  ASSERT_EQ(redis.cli("RPOP theirs"), "something");

  {
    TestRun run{4};
    const auto queue = open(redis.url(), run, settings);
    std::array<Instant, 2> at;
    EXPECT_EQ(queue->make_producer(clock_)->offer(run.calls(0, 2), at).done, 2U);
  }

  EXPECT_EQ(redis.cli("LLEN theirs"), "2") << "what is left there is theirs to see";
}

TEST_F(RedisFailures, OptionsThatItDoesNotHaveAreNamed) {
  PrivateRedis redis;
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"mode", "pull"},
      {"ack_timeout", "soon"},
      {"insecure", "true"},
      {"use_existing", "yes"},
      {"password_env", "QUEUEMETER_NOT_SET"}};
  for (const auto& option : wrong) {
    QueueSettings settings;
    settings.options = {option};
    const Error error = error_of(redis.url(), settings);
    EXPECT_EQ(exit_code_of(error), ExitCode::usage);
    EXPECT_THAT(error.what, HasSubstr(option.first));
  }
}

TEST_F(RedisFailures, TheGuaranteeIsReadFromTheServer) {
  TestRun run{1};
  PrivateRedis in_memory;
  PrivateRedis synced{{"--appendonly", "yes", "--appendfsync", "always"}};
  PrivateRedis written{{"--appendonly", "yes"}};

  EXPECT_EQ(open(in_memory.url(), run)->traits().producer_guarantee,
            ProducerGuarantee::g1_acknowledged_volatile);
  EXPECT_EQ(open(synced.url(), run)->traits().producer_guarantee,
            ProducerGuarantee::g3_after_fsync);
  EXPECT_EQ(open(written.url(), run)->traits().producer_guarantee,
            ProducerGuarantee::g2_survives_process_kill);
  EXPECT_THAT(open(in_memory.url(), run)->version(), HasSubstr("redis "));
}

}  // namespace
}  // namespace queuemeter::brokers_test
