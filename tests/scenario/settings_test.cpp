// SPDX-License-Identifier: Apache-2.0
// The settings of runs, queues, workers and backends: what they become, and what is refused.
#include "tests/scenario/reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(RunSettings, AreRead) {
  const RunSettings run =
      read_one("[run]\npacing = \"spin:50us\"\ncalls = \"2M\"\nrepeat = 3\n").run;
  EXPECT_EQ(run.pacing, (Pacing{Pacing::Kind::spin, 50us}));
  EXPECT_EQ(run.calls, 2'000'000U);
  EXPECT_EQ(run.repeat, 3U);
  EXPECT_EQ(read_one("").run.calls, std::nullopt);
}

TEST(RunSettings, MayGiveCallsAndATime) {
  // Whichever comes first ends the window.
  EXPECT_THAT(sentences("[run]\ncalls = 5\nmeasure = \"1s\"\n"), IsEmpty());
}

TEST(QueueSettings, AreRead) {
  const QueueSettings queue = read_one(R"(
[queue]
use = "redis://user:secret@127.0.0.1:6379/0"
when_full = "block"
batch = 64
window = 128
prefetch = "1k"
options = { password = "secret" }
)")
                                  .queue;
  EXPECT_EQ(queue.use, "redis://user:secret@127.0.0.1:6379/0");
  EXPECT_EQ(queue.when_full, WhenFull::block);
  EXPECT_EQ(queue.batch, 64U);
  EXPECT_EQ(queue.window, 128U);
  EXPECT_EQ(queue.prefetch, 1'000U);
  EXPECT_EQ(queue.options.front().second, "secret");
}

TEST(WorkerSettings, OfAsynchronousSlotsAreRead) {
  const WorkerSettings workers =
      read_one("[workers]\nkind = \"async\"\ncount = \"10k\"\nthreads = 2\npoll = \"0s\"\n")
          .workers;
  EXPECT_EQ(workers.kind, WorkerSettings::Kind::async);
  EXPECT_EQ(workers.count, 10'000U);
  EXPECT_EQ(workers.threads, 2U);
}

TEST(WorkerSettings, OfProcessesAreRead) {
  const WorkerSettings workers = read_one(R"(
[workers]
kind = "process"
count = 8
poll = "3s"
boot = "50ms"
recycle = { calls = 500, jitter = "20%" }
crash_rate = "0.1%"
ack_timeout = "30s"
retry = { kind = "exponential", attempts = 5, delay = "50ms", jitter = 0.5, budget = 0.1 }
)")
                                     .workers;
  EXPECT_EQ(workers.kind, WorkerSettings::Kind::process);
  EXPECT_EQ(workers.poll, 3s);
  EXPECT_EQ(workers.boot, 50ms);
  EXPECT_EQ(workers.recycle.calls, 500U);
  EXPECT_DOUBLE_EQ(workers.recycle.jitter, 0.2);
  EXPECT_DOUBLE_EQ(workers.crash_rate, 0.001);
  EXPECT_EQ(workers.ack_timeout, 30s);
  EXPECT_EQ(workers.retry.kind, RetrySettings::Kind::exponential);
  EXPECT_EQ(workers.retry.attempts, 5U);
  EXPECT_EQ(workers.retry.delay, 50ms);
  EXPECT_DOUBLE_EQ(workers.retry.jitter, 0.5);
  EXPECT_EQ(workers.retry.budget, 0.1);
}

TEST(WorkerSettings, OfProcessesMayReplyThroughMemory) {
  EXPECT_THAT(sentences("workers.kind = \"process\"\npath.reply = \"memory\"\n"), IsEmpty());
}

TEST(BackendSettings, AreRead) {
  const BackendSettings backend =
      read_one("[backend]\nwork = \"burn\"\nrate_limit = \"30/60s\"\n").backend;
  EXPECT_EQ(backend.work, BackendSettings::Work::burn);
  EXPECT_EQ(backend.rate_limit, (RateLimit{30, 60s}));
  EXPECT_EQ(read_one("backend.rate_limit = \"none\"").backend.rate_limit, std::nullopt);
}

TEST(BackendSettings, OfAManagedOneHaveAnAnswerAndABandwidth) {
  const std::string managed = "[backend]\nkind = \"managed\"\n";
  const BackendSettings backend =
      read_one(managed + "model = \"event\"\nanswer = \"1KiB\"\nbandwidth = \"1MiB/s\"\n").backend;
  EXPECT_EQ(backend.answer, 1024u);
  EXPECT_EQ(backend.bandwidth, 1024u * 1024u);

  EXPECT_THAT(sentences(managed + "answer = \"1GiB\"\n"),
              ElementsAre(testing::HasSubstr("use 64MiB at the most")));
  EXPECT_THAT(sentences(managed + "bandwidth = \"1MiB/s\"\n"),
              ElementsAre(testing::HasSubstr("set backend.model = \"event\"")));
  EXPECT_THAT(sentences(managed + "model = \"event\"\nwork = \"burn\"\n"),
              ElementsAre(testing::HasSubstr("use model = \"pool\"")));
  EXPECT_THAT(sentences("[backend]\nanswer = \"1KiB\"\n"),
              ElementsAre(testing::HasSubstr("set backend.kind = \"managed\"")));
}

struct Wrong {
  std::string toml;
  std::string error;
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.error; }

class WrongSetting : public testing::TestWithParam<Wrong> {};

TEST_P(WrongSetting, IsAnsweredWithOneSentence) {
  EXPECT_THAT(sentences(GetParam().toml), ElementsAre("test.toml:1: " + GetParam().error));
}

INSTANTIATE_TEST_SUITE_P(
    Run, WrongSetting,
    testing::Values(
        Wrong{"run.pacing = \"spin:1s\"",
              "run.pacing: \"spin:1s\" is not a pacing: its span is out of range; use timer, "
              "spin:50us or coalesce:1ms, up to 100ms"},
        Wrong{"run.pacing = 5", "run.pacing: must be a text in quotes, not a whole number"},
        Wrong{"run.calls = 0", "run.calls: 0 is out of range; it must be 1 to 1000000000000"},
        Wrong{"run.repeat = 0", "run.repeat: 0 is out of range; it must be 1 to 100"},
        Wrong{"run.repeat = 101", "run.repeat: 101 is out of range; it must be 1 to 100"},
        Wrong{"path.kind = \"take\"",
              "path.kind: the take path takes calls that are put into the queue before it begins, "
              "so it must know how many; add run.calls = 100000"}));

INSTANTIATE_TEST_SUITE_P(
    Queue, WrongSetting,
    testing::Values(
        Wrong{"queue.use = \"://x\"",
              "queue.use: \"://x\" is neither a row of `queuemeter queues` nor a URL such as "
              "redis://127.0.0.1:6379/0"},
        Wrong{"queue.use = \"redis://u:secret@\"",
              "queue.use: \"redis://u:***@\" is neither a row of `queuemeter queues` nor a URL "
              "such as redis://127.0.0.1:6379/0"},
        Wrong{"queue.use = \"redis://u:secret@a b\"",
              "queue.use: \"redis://u:***@a b\" is neither a row of `queuemeter queues` nor a URL "
              "such as redis://127.0.0.1:6379/0"},
        Wrong{"queue.when_full = \"wait\"",
              "queue.when_full: \"wait\" is not known; use reject or block"},
        Wrong{"queue.batch = 0", "queue.batch: 0 is out of range; it must be 1 to 4096"},
        Wrong{"queue.window = 0", "queue.window: 0 is out of range; it must be 1 to 1000000"},
        Wrong{"queue.prefetch = 0", "queue.prefetch: 0 is out of range; it must be 1 to 65536"},
        Wrong{"queue.stamps = \"none\"", "queue.stamps: \"none\" is not known; use own or shared"},
        Wrong{
            "queue.stamps = \"shared\"",
            R"(queue.stamps: "shared" tells throughput and no latency, so it goes with traffic.model = "saturate" only; use stamps = "own")"},
        Wrong{"queue.options = { a = 2024-01-01 }",
              "queue.options.a: must be a text, a number, true or false, not a date"}));

INSTANTIATE_TEST_SUITE_P(
    Workers, WrongSetting,
    testing::Values(
        Wrong{"workers.kind = \"fiber\"",
              "workers.kind: \"fiber\" is not known; use thread or async or process"},
        Wrong{
            "workers.count = 4097",
            R"(workers.count: 4097 threads are too many; use 4096 at the most, or kind = "async")"},
        Wrong{"workers.count = 1025\nworkers.kind = \"process\"",
              "workers.count: 1025 processes are too many; use 1024 at the most"},
        Wrong{"workers.count = \"2M\"\nworkers.kind = \"async\"",
              "workers.count: 2000000 is out of range; it must be 1 to 1000000"},
        Wrong{"workers.threads = 9\nworkers.kind = \"async\"",
              "workers.threads: 9 threads cannot share 8 slots; use threads = 8 or less"},
        Wrong{"workers.threads = 0\nworkers.kind = \"async\"",
              "workers.threads: 0 is out of range; it must be 1 to 64"},
        Wrong{
            "workers.poll = \"3s\"\nworkers.kind = \"async\"",
            R"(workers.poll: asynchronous slots are given their calls and do not look for them; use poll = "0s", or kind = "thread")"},
        Wrong{"workers.poll = \"2h\"",
              "workers.poll: 120m is out of range; it must be at least 0s and 60m at the most"},
        Wrong{"workers.recycle = 5\nworkers.kind = \"process\"",
              "workers.recycle: must be a table, not a whole number"},
        Wrong{"workers.recycle = { jitter = 0.5 }\nworkers.kind = \"process\"",
              "workers.recycle.jitter: a share of no calls is nothing; add calls = 500, or remove "
              "it"},
        Wrong{
            "workers.recycle = { calls = 5, jitter = 2 }\nworkers.kind = \"process\"",
            R"(workers.recycle.jitter: "2" is not a fraction: it is above 1; write it like 0.1% or 0.001, from 0 to 1)"},
        Wrong{"workers.crash_rate = 1.5\nworkers.kind = \"process\"",
              "workers.crash_rate: 1.5 is out of range; it must be 0 to 1"},
        Wrong{"workers.ack_timeout = \"0s\"",
              "workers.ack_timeout: 0s is out of range; it must be above 0s and 24h at the most"},
        Wrong{"workers.retry = { kind = \"linear\" }",
              "workers.retry.kind: \"linear\" is not known; use none or fixed or exponential"},
        Wrong{"workers.retry = { kind = \"fixed\", attempts = 1 }",
              "workers.retry.attempts: 1 is out of range; it must be 2 to 100"},
        Wrong{"workers.retry = { kind = \"fixed\", budget = 1.5 }",
              "workers.retry.budget: 1.5 is out of range; it must be 0 to 1"},
        Wrong{"workers.retry = { kind = \"fixed\", dealy = \"1s\" }",
              "workers.retry.dealy: unknown key; did you mean workers.retry.delay?"}));

INSTANTIATE_TEST_SUITE_P(
    Backend, WrongSetting,
    testing::Values(
        Wrong{
            "backend.work = \"burn\"\npath.kind = \"direct\"",
            R"(backend.work: a backend in memory would burn the time of the thread that offers; use path.kind = "queued", or work = "sleep")"},
        Wrong{
            "backend.work = \"burn\"\nworkers.kind = \"async\"",
            R"(backend.work: a backend in memory would burn the time of every slot of a thread; use workers.kind = "thread", or work = "sleep")"},
        Wrong{"backend.rate_limit = 30",
              "backend.rate_limit: must be a text in quotes, not a whole number"},
        Wrong{
            "objectives.answer_p99 = \"< 1s\"\nobjectives.drop_rate = \"< 1%\"\n"
            "traffic.model = \"saturate\"\npath.reply = \"none\"\nbackend.kind = \"none\"",
            R"(objectives.answer_p99: a saturated queue tells its throughput and no latency; use goodput = "> 1k/s", or traffic.model = "open")"},
        Wrong{
            "objectives.drop_rate = \"< 1%\"\npath.kind = \"take\"\nrun.calls = 5",
            R"(objectives.drop_rate: the take path knows only how fast calls are taken; use goodput = "> 1k/s")"},
        Wrong{
            "fault = [{ at = \"1s\", what = \"freeze\", who = \"backend\", for = \"1s\" }]\n"
            "backend.kind = \"none\"\npath.reply = \"none\"",
            R"(fault.who: there is no backend to freeze with backend.kind = "none"; use backend.kind = "managed" or "synthetic")"}));

TEST(RateLimits, ThatAreNoneAreAnsweredWithWhatWouldBeRight) {
  for (const std::string text :
       {"30", "30/", "/60s", "0/s", "30/0s", "-1/s", "x/s", "2M/s", "30/25h", "unlimited"}) {
    EXPECT_THAT(sentences("backend.rate_limit = \"" + text + "\""),
                ElementsAre(testing::AllOf(testing::HasSubstr("backend.rate_limit: "),
                                           testing::HasSubstr("30/60s"))));
  }
}

TEST(Burning, IsOnlyRefusedWhereItTakesTheTimeOfOthers) {
  for (const std::string text : {"workers.kind = \"thread\"", "workers.kind = \"process\"",
                                 "path.kind = \"direct\"\nbackend.kind = \"managed\"",
                                 "workers.kind = \"async\"\nbackend.kind = \"managed\""}) {
    EXPECT_THAT(sentences("backend.work = \"burn\"\n" + text), IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace queuemeter
