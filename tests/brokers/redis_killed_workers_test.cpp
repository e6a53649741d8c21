// SPDX-License-Identifier: Apache-2.0
// The same over a list whose messages are acknowledged: what a dead worker held is delivered again.
#include "tests/brokers/private_redis.hpp"
#include "tests/run/run_with_kills.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace queuemeter::brokers_test {
namespace {

TEST(RedisRunWithKilledWorkers, LosesNothingWhereTheQueueWaitsForAcknowledgements) {
  constexpr std::int64_t deaths = 300;
  const PrivateRedis redis;
  Scenario scenario = processes_on(redis.url());
  scenario.queue.options = {{"mode", "move"}};
  scenario.workers.ack_timeout = std::chrono::milliseconds{200};

  const RunDocument run = run_with_kills(scenario, deaths, redis.process_id());

  EXPECT_EQ(run.consumer_guarantee, "C1");
  EXPECT_EQ(run.ledger.of(Outcome::lost), 0);
  EXPECT_EQ(run.ledger.of(Outcome::unknown), 0);
  EXPECT_GT(run.ledger.redelivered, deaths / 20) << "what the dead held";
  EXPECT_EQ(redis.cli("KEYS 'queuemeter.*'"), "") << "and nothing of it stays behind";
}

}  // namespace
}  // namespace queuemeter::brokers_test
