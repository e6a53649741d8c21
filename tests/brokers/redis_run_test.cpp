// SPDX-License-Identifier: Apache-2.0
// Whole runs whose Redis server fails in the middle: what becomes of the calls is an outcome, not
// an error, and not the queue's broken word.
#include "harness/call/exit_code.hpp"
#include "tests/brokers/private_redis.hpp"
#include "tests/run/short_run.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <utility>

namespace queuemeter::brokers_test {
namespace {

using namespace std::chrono_literals;

/// Does something once, as soon as the measured window has been open for a while. It holds up the
/// conductor only; traffic goes on.
class InTheMiddle final : public ProgressSink {
 public:
  explicit InTheMiddle(std::function<void()> what) : what_{std::move(what)} {}

  void ticked(const Tick& tick, const Scenario& /*scenario*/) override {
    constexpr int ticks_before = 10;
    if (tick.stage == "measure" && ++measured_ == ticks_before) {
      what_();
    }
  }

 private:
  std::function<void()> what_;
  int measured_ = 0;
};

class RedisRun : public testing::Test {
 protected:
  /// More calls than the workers can make, so that the list holds some whatever happens.
  static Scenario overloaded(const PrivateRedis& redis) {
    Scenario scenario = short_scenario(PathKind::queued);
    scenario.run.warm_up = 0ms;  // the first measured calls find an empty list
    scenario.run.measure = 800ms;
    scenario.run.drain = 300ms;
    scenario.traffic.rate = Rate::per_second(2000);
    scenario.backend.service_time = Distribution::constant(20ms);
    scenario.queue.use = redis.url();
    scenario.queue.options = {{"reply_timeout", "200ms"}, {"list", list}, {"use_existing", "true"}};
    return scenario;
  }

  static RunDocument run_and(const Scenario& scenario, std::function<void()> what) {
    const RunsFolder folder;
    InTheMiddle middle{std::move(what)};
    RunEnvironment environment = plain_environment();
    environment.progress = &middle;
    RunDocument run = run_scenario(scenario, "", folder.of("1"), environment).value();

    EXPECT_TRUE(run.balanced);
    EXPECT_TRUE(run.complete);
    EXPECT_EQ(run.ledger.in_flight(), 0);
    EXPECT_GT(run.ledger.of(Outcome::completed), 0) << "before it failed";
    EXPECT_FALSE(run.guarantee_broken);
    EXPECT_NE(run.exit_code, to_int(ExitCode::unreachable)) << "the window was open";
    EXPECT_NE(run.exit_code, to_int(ExitCode::guarantee_broken));
    return run;
  }

  static inline const std::string list = "calls_of_the_test";
};

TEST_F(RedisRun, AServerThatIsKilledLeavesItsCallsUnknownAndRejectsTheRest) {
  PrivateRedis redis;

  const RunDocument run = run_and(overloaded(redis), [&] { redis.kill(); });

  EXPECT_GT(run.ledger.of(Outcome::unknown), 0) << "nobody can look for them";
  EXPECT_GT(run.ledger.of(Reason::queue_failure), 0) << "offers to a server that is away";
  EXPECT_EQ(run.ledger.of(Outcome::lost), 0);
}

TEST_F(RedisRun, AServerThatIsRestartedHasLostWhatItHeldAndIsUsedAgain) {
  PrivateRedis redis;

  const RunDocument run = run_and(overloaded(redis), [&] {
    redis.kill();
    redis.start();
  });

  EXPECT_GT(run.ledger.of(Outcome::lost), 0) << "it kept its list in memory";
  EXPECT_EQ(run.ledger.of(Reason::queue_restarted), run.ledger.of(Outcome::lost));
  EXPECT_GT(run.ledger.of(Outcome::unfinished), 0) << "what came after it, at the end";
}

TEST_F(RedisRun, AServerThatKeepsAFileLosesNothingByBeingKilled) {
  PrivateRedis redis{{"--appendonly", "yes"}};

  const RunDocument run = run_and(overloaded(redis), [&] {
    redis.kill();
    redis.start();
  });

  EXPECT_EQ(run.producer_guarantee, "G2");
  EXPECT_LE(run.ledger.of(Outcome::lost), 4) << "one between the list and each worker";
  EXPECT_EQ(run.ledger.of(Reason::hand_over), run.ledger.of(Outcome::lost));
}

TEST_F(RedisRun, AListThatSomebodyElseTrimsHasLostCallsThatWereNotItsToKeep) {
  PrivateRedis redis;

  const RunDocument run =
      run_and(overloaded(redis), [&] { ASSERT_EQ(redis.cli("LTRIM " + list + " 0 20"), "OK"); });

  EXPECT_GT(run.ledger.of(Outcome::lost), 0);
  EXPECT_EQ(run.ledger.of(Reason::foreign_removal), run.ledger.of(Outcome::lost));
}

TEST_F(RedisRun, AKeyThatBecomesSomethingElseRejectsTheRest) {
  PrivateRedis redis;

  const RunDocument run =
      run_and(overloaded(redis), [&] { ASSERT_EQ(redis.cli("SET " + list + " text"), "OK"); });

  EXPECT_GT(run.ledger.of(Reason::queue_failure), 0);
  EXPECT_GT(run.ledger.of(Outcome::rejected), 0);
  EXPECT_GT(run.ledger.of(Outcome::unknown) + run.ledger.of(Outcome::lost), 0)
      << "what the list had held";
}

TEST_F(RedisRun, MemoryThatIsUsedUpRejectsAsFull) {
  PrivateRedis redis{{"--maxmemory", "2mb", "--maxmemory-policy", "noeviction"}};
  Scenario scenario = overloaded(redis);
  scenario.traffic.payload = SizeDistribution::constant(4096);

  const RunDocument run = run_and(scenario, [] {});

  EXPECT_GT(run.ledger.of(Reason::full), 0);
  EXPECT_EQ(run.ledger.of(Outcome::rejected), run.ledger.of(Reason::full));
  EXPECT_EQ(run.ledger.of(Outcome::lost), 0);
}

}  // namespace
}  // namespace queuemeter::brokers_test
