// SPDX-License-Identifier: Apache-2.0
// Worker processes over real System V queues: what they do with calls, and how they live.
#include "harness/path/process_crew.hpp"

#include "tests/path/crew_at_work.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <sys/ipc.h>
#include <sys/msg.h>

namespace queuemeter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(ProcessCrew, MakesEveryCallAndTellsWhenWhatHappened) {
  int queue_id = -1;
  {
    CrewAtWork work{{.service_time = milliseconds{2}}};
    queue_id = kernel_id(work.queue());
    ASSERT_TRUE(is_in_kernel(queue_id));
    ASSERT_TRUE(work.start());

    work.offer(500);
    ASSERT_TRUE(work.wait_until_ended(500));
    work.finish();

    EXPECT_TRUE(work.is_exact());
    EXPECT_EQ(work.count(Outcome::completed), 500U);
    for (const Returned& call : work.returned_calls()) {
      ASSERT_LE(call.taken_at, call.called_at);
      ASSERT_GE(call.replied_at - call.called_at, milliseconds{2});
      ASSERT_FALSE(call.reordered);
    }
    const WorkerCounts counts = work.crew().counts();
    EXPECT_EQ(counts.taken, 500U);
    EXPECT_EQ(counts.started, 4U);
    EXPECT_EQ(counts.crashed + counts.recycled, 0U);
    EXPECT_THAT(work.crew().taken_by_consumer(), testing::Each(testing::Gt(0U)));
    EXPECT_GE(work.crew().busy_time(MonotonicClock{}.now()), 500 * milliseconds{2});
    EXPECT_GT(work.crew().cpu_time(), Duration{0});
    EXPECT_EQ(children_left(), 0);
  }
  EXPECT_FALSE(is_in_kernel(queue_id));
}

TEST(ProcessCrew, RepliesComeThroughTheReplyQueueWithTheWorkersInstants) {
  CrewAtWork work{{.reply_queue = true, .service_time = milliseconds{1}}};
  ASSERT_TRUE(work.start());

  work.read_replies();
  work.offer(500);
  ASSERT_TRUE(work.wait_until_ended(500));
  work.finish();

  EXPECT_TRUE(work.is_exact());
  EXPECT_EQ(work.count(Outcome::completed), 500U);
  EXPECT_EQ(work.duplicates(), 0U);
  EXPECT_TRUE(work.returned_calls().empty()) << "what went by the queue is not reported twice";
}

TEST(ProcessCrew, TwoFullQueuesNeverDeadlock) {
  CrewAtWork work{{.reply_queue = true}};
  ASSERT_TRUE(work.start());

  // Nobody reads replies: they pile up to 16 KiB, the workers keep their calls, and calls pile up.
  std::size_t offered = 0;
  const MonotonicClock clock;
  const Instant give_up_at = clock.now() + seconds{20};
  Instant last_accepted_at = clock.now();
  while (clock.now() < give_up_at && clock.now() - last_accepted_at < milliseconds{500}) {
    if (const std::size_t more = work.offer_until_full(); more > 0) {
      offered += more;
      last_accepted_at = clock.now();
    }
    std::this_thread::sleep_for(milliseconds{1});
  }
  const std::size_t replies_waiting = *work.replies().depth();
  const std::size_t calls_waiting = *work.queue().depth();
  EXPECT_EQ(replies_waiting, 16384U / 96U) << "the reply queue is full";
  EXPECT_EQ(calls_waiting, 16384U / 264U) << "and so is the other";
  EXPECT_EQ(offered, replies_waiting + calls_waiting + 4) << "each worker holds one";

  work.read_replies();
  work.offer(2000);
  ASSERT_TRUE(work.wait_until_ended(offered + 2000));
  work.finish();

  EXPECT_TRUE(work.is_exact());
  EXPECT_EQ(work.count(Outcome::completed), offered + 2000);
}

TEST(ProcessCrew, CallsInHandAtTheEndAreUnfinished) {
  CrewAtWork work{{.count = 3, .service_time = std::chrono::hours{1}}};
  ASSERT_TRUE(work.start());

  work.offer(10);
  const Instant give_up_at = MonotonicClock{}.now() + seconds{20};
  while (work.crew().counts().taken < 3 && MonotonicClock{}.now() < give_up_at) {
    std::this_thread::sleep_for(milliseconds{1});
  }
  const Instant asked_at = MonotonicClock{}.now();
  work.finish();

  EXPECT_LT(MonotonicClock{}.now() - asked_at, seconds{2}) << "nobody had to be killed";
  EXPECT_TRUE(work.is_exact());
  EXPECT_EQ(work.count(Outcome::unfinished, Reason::drain_ended), 10U);
  EXPECT_EQ(children_left(), 0);
}

TEST(ProcessCrew, ACallWhoseDeadlineHasPassedIsNotMade) {
  CrewAtWork work{{.count = 1, .deadline = Duration{1}}};
  ASSERT_TRUE(work.start());

  work.offer(20);
  ASSERT_TRUE(work.wait_until_ended(20));
  work.finish();

  EXPECT_EQ(work.count(Outcome::expired, Reason::deadline), 20U);
  EXPECT_FALSE(is_observed(work.returned_calls().front().called_at));
}

TEST(ProcessCrew, AChildLeavesAfterItsShareAndIsReplaced) {
  CrewAtWork::Options options{.count = 2};
  options.orders.share = 50;
  options.orders.share_jitter = 0.5;
  CrewAtWork work{std::move(options)};
  ASSERT_TRUE(work.start());

  work.offer(1000);
  ASSERT_TRUE(work.wait_until_ended(1000));
  work.finish();

  // Shares between 25 and 75 calls.
  const WorkerCounts counts = work.crew().counts();
  EXPECT_GE(counts.recycled, 1000U / 75U - 2U);
  EXPECT_LE(counts.recycled, 1000U / 25U);
  EXPECT_EQ(counts.crashed, 0U);
  EXPECT_GE(counts.started, counts.recycled);
  EXPECT_EQ(work.count(Outcome::completed), 1000U) << "leaving costs no call";
  EXPECT_TRUE(work.is_exact());
}

TEST(ProcessCrew, AChildBootsBeforeItTakesItsFirstCall) {
  CrewAtWork::Options options{.count = 2};
  options.orders.boot = milliseconds{300};
  CrewAtWork work{std::move(options)};
  const Instant started_at = MonotonicClock{}.now();
  ASSERT_TRUE(work.start());

  work.offer(10);
  ASSERT_TRUE(work.wait_until_ended(10));
  work.finish();

  const auto& calls = work.returned_calls();
  const auto first = std::ranges::min_element(calls, {}, &Returned::taken_at);
  EXPECT_GE(first->taken_at - started_at, milliseconds{300});
}

TEST(ProcessCrew, AnIdleChildLooksAgainAfterItsPoll) {
  CrewAtWork::Options options{.count = 1};
  options.orders.poll = milliseconds{400};
  CrewAtWork work{std::move(options)};
  ASSERT_TRUE(work.start());
  std::this_thread::sleep_for(milliseconds{50});  // it has looked, and found nothing

  const Instant offered_at = MonotonicClock{}.now();
  work.offer(3);
  ASSERT_TRUE(work.wait_until_ended(3));
  work.finish();

  const auto& calls = work.returned_calls();
  EXPECT_GE(calls.front().taken_at - offered_at, milliseconds{200}) << "it sleeps meanwhile";
  EXPECT_LE(calls.back().taken_at - calls.front().taken_at, milliseconds{300})
      << "and while there are calls it does not";
}

TEST(ProcessCrew, SaysWhyItCannotStart) {
  CrewAtWork missing{{.program = "/nonexistent/queuemeter"}};
  const Result<void> no_program = missing.start();
  ASSERT_FALSE(no_program);
  EXPECT_EQ(no_program.error().kind, Error::Kind::unavailable);
  EXPECT_THAT(no_program.error().what, testing::HasSubstr("/nonexistent/queuemeter"));

  CrewAtWork::Options unreachable;
  HttpBackendSettings nowhere;
  nowhere.url = "no url at all";
  unreachable.orders.backend = nowhere;
  CrewAtWork cannot_open{std::move(unreachable)};
  const Result<void> no_backend = cannot_open.start();
  ASSERT_FALSE(no_backend);
  EXPECT_THAT(no_backend.error().what, testing::HasSubstr("no url at all"));
  EXPECT_EQ(children_left(), 0);
}

TEST(ProcessCrew, AQueueThatSomebodyRemovesFailsAndIsNotSpunOn) {
  CrewAtWork work{{.count = 2}};
  ASSERT_TRUE(work.start());
  work.offer(100);
  ASSERT_TRUE(work.wait_until_ended(100));

  ASSERT_EQ(msgctl(kernel_id(work.queue()), IPC_RMID, nullptr), 0);
  const Duration cpu_before = work.crew().cpu_time();
  std::this_thread::sleep_for(milliseconds{300});
  const Duration cpu = work.crew().cpu_time() - cpu_before;
  work.finish();

  EXPECT_LT(cpu, milliseconds{150}) << "two children, 300 ms";
  EXPECT_EQ(work.offer_until_full(), 0U);
  EXPECT_TRUE(work.is_exact());
}

}  // namespace
}  // namespace queuemeter
