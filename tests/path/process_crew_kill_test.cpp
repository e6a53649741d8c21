// SPDX-License-Identifier: Apache-2.0
// Worker processes that are killed at any instruction: the account stays exact.
#include "harness/call/draw.hpp"
#include "harness/path/process_crew.hpp"
#include "tests/path/crew_at_work.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <signal.h>
#include <thread>

namespace queuemeter {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// Kills one child after the other, at no particular moment, until so many have died.
std::uint64_t kill_children(ProcessCrew& crew, std::uint64_t deaths) {
  const KeyedDraws draws{1, DrawUse::crash};
  const MonotonicClock clock;
  const Instant give_up_at = clock.now() + std::chrono::minutes{2};
  for (std::uint64_t round = 0; crew.counts().crashed < deaths && clock.now() < give_up_at;
       ++round) {
    const UniformPair draw = draws.uniform(round);
    const std::vector<pid_t> ids = crew.process_ids();
    const pid_t victim =
        ids[static_cast<std::size_t>(draw.first * static_cast<double>(ids.size()))];
    if (victim > 0) {
      ::kill(victim, SIGKILL);
    }
    // Some child gets to work before the next one dies, however slowly this build starts.
    const std::uint64_t taken = crew.counts().taken;
    while (crew.counts().taken < taken + 4 && clock.now() < give_up_at) {
      std::this_thread::sleep_for(microseconds{100});
    }
    std::this_thread::sleep_for(microseconds{static_cast<int>(draw.second * 2000.0)});
  }
  return crew.counts().crashed;
}

void expect_exact_after_kills(bool reply_queue, std::uint64_t kills) {
  int queue_id = -1;
  {
    CrewAtWork work{{.reply_queue = reply_queue, .service_time = microseconds{200}}};
    queue_id = kernel_id(work.queue());
    ASSERT_TRUE(work.start());
    if (reply_queue) {
      work.read_replies();
    }
    std::atomic<bool> offering{true};
    std::jthread offerer{[&] {
      while (offering) {
        work.offer_until_full();
        std::this_thread::sleep_for(microseconds{500});
      }
    }};

    const std::uint64_t deaths = kill_children(work.crew(), kills);
    offering = false;
    offerer.join();
    work.finish();

    EXPECT_GE(deaths, kills);
    EXPECT_TRUE(work.is_exact()) << "every call accepted ended once";
    EXPECT_EQ(work.duplicates(), 0U) << "the queue delivers once";
    EXPECT_GT(work.count(Outcome::completed), kills);
    EXPECT_GT(work.count(Outcome::lost, Reason::worker_died), kills / 20)
        << "calls in the hands of the dead";
    EXPECT_LE(work.count(Outcome::lost), deaths) << "and no others";
    EXPECT_LE(work.count(Outcome::lost, Reason::none), work.crew().died_between_calls())
        << "the journal leaves a doubt only about children that knew of no call";
    EXPECT_EQ(children_left(), 0) << "no zombies";
  }
  EXPECT_FALSE(is_in_kernel(queue_id));
}

TEST(ProcessCrewKilled, AThousandTimesLosesOnlyWhatTheDeadHeld) {
  expect_exact_after_kills(false, 1000);
}

TEST(ProcessCrewKilled, WithRepliesInAQueueTheAccountIsExactToo) {
  expect_exact_after_kills(true, 300);
}

TEST(ProcessCrewKilled, ByItsOwnCrashRateLosesTheCallInHand) {
  CrewAtWork::Options options{.count = 3};
  options.orders.crash_rate = 0.05;
  CrewAtWork work{std::move(options)};
  ASSERT_TRUE(work.start());

  work.offer(2000);
  ASSERT_TRUE(work.wait_until_ended(2000));
  work.finish();

  const std::uint64_t crashed = work.crew().counts().crashed;
  EXPECT_TRUE(work.is_exact());
  EXPECT_EQ(work.count(Outcome::lost, Reason::worker_died), crashed) << "one call for each crash";
  EXPECT_EQ(work.count(Outcome::completed), 2000 - crashed);
  EXPECT_NEAR(static_cast<double>(crashed), 100.0, 50.0);  // 5 standard deviations
}

TEST(ProcessCrewKilled, WhichCallOfAChildItIsDependsOnTheSeedOnly) {
  const auto crashes_of_one_child = [] {
    CrewAtWork::Options options{.count = 1};
    options.orders.crash_rate = 0.05;
    CrewAtWork work{std::move(options)};
    EXPECT_TRUE(work.start());
    work.offer(300);
    EXPECT_TRUE(work.wait_until_ended(300));
    work.finish();
    std::vector<std::uint64_t> lost;
    for (const Returned& call : work.returned_calls()) {
      if (call.outcome == Outcome::lost) {
        lost.push_back(call.call.sequence);
      }
    }
    return lost;
  };

  const std::vector<std::uint64_t> first = crashes_of_one_child();

  EXPECT_FALSE(first.empty());
  EXPECT_EQ(crashes_of_one_child(), first);
}

TEST(ProcessCrewKilled, StartsAgainNoMoreOftenThanItMay) {
  CrewAtWork::Options options{.count = 2, .starts_per_second = 20.0};
  options.orders.crash_rate = 1.0;  // every call kills
  CrewAtWork work{std::move(options)};
  ASSERT_TRUE(work.start());
  const Instant started_at = MonotonicClock{}.now();

  work.offer(20);
  ASSERT_TRUE(work.wait_until_ended(20));
  const double seconds_passed = to_seconds(MonotonicClock{}.now() - started_at);
  work.finish();

  EXPECT_EQ(work.count(Outcome::lost, Reason::worker_died), 20U);
  EXPECT_LE(static_cast<double>(work.crew().counts().started), 2.0 + 1.0 + 20.0 * seconds_passed);
}

}  // namespace
}  // namespace queuemeter
