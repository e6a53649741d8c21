// SPDX-License-Identifier: Apache-2.0
// `queuemeter run` as people and scripts meet it: files, documents, exit codes, signals. Whether
// the numbers are right is tested elsewhere; on a busy machine a run may find itself invalid.
#include "tests/end_to_end/program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace queuemeter::end_to_end {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using std::chrono::seconds;
using testing::AnyOf;
using testing::HasSubstr;

constexpr seconds limit{60};

const std::vector<std::string> short_run{"run",   "--rate",           "200/s", "--for", "500ms",
                                         "--set", "run.warm_up=100ms"};

std::vector<std::string> with(std::vector<std::string> arguments,
                              const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::string read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream{path, std::ios::binary}.rdbuf();
  return text.str();
}

/// The nine outcomes add up to what was planned.
void expect_balanced(const json& ledger) {
  std::int64_t sum = 0;
  for (const char* outcome : {"completed", "rejected", "shed", "expired", "failed", "lost",
                              "unfinished", "unknown", "unsent"}) {
    sum += ledger.at(outcome).get<std::int64_t>();
  }
  EXPECT_EQ(sum, ledger.at("planned").get<std::int64_t>());
  EXPECT_TRUE(ledger.at("balanced").get<bool>());
}

TEST(Run, PrintsATableAndLeavesARunFolder) {
  const TemporaryFolder folder;

  const Finished run = run_queuemeter(short_run, folder.path());

  EXPECT_THAT(run.exit_code, AnyOf(0, 3)) << run.err;
  EXPECT_THAT(run.out, HasSubstr("queuemeter-runs/1"));
  for (const char* file : {"result.json", "scenario.toml", "ticks.jsonl", "latency.hlog"}) {
    EXPECT_TRUE(fs::exists(fs::path{folder.path()} / "queuemeter-runs/1" / file)) << file;
  }
}

TEST(Run, JsonIsOneDocumentAndNothingElse) {
  const TemporaryFolder folder;

  const Finished run = run_queuemeter(with(short_run, {"--json", "--quiet"}), folder.path());

  const json document = json::parse(run.out);
  EXPECT_EQ(document.at("schema"), "queuemeter.result/1");
  EXPECT_TRUE(document.at("run").at("complete").get<bool>());
  EXPECT_EQ(document.at("exit_code").get<int>(), run.exit_code);
  EXPECT_GT(document.at("ledger").at("planned").get<int>(), 0);
  expect_balanced(document.at("ledger"));
  EXPECT_EQ(run.err, "");
}

TEST(Run, TheScenarioItWritesCanBeRunAgain) {
  const TemporaryFolder folder;
  ASSERT_THAT(run_queuemeter(with(short_run, {"--out", "first"}), folder.path()).exit_code,
              AnyOf(0, 3));

  const Finished again =
      run_queuemeter({"run", "first/scenario.toml", "--out", "second"}, folder.path());

  EXPECT_THAT(again.exit_code, AnyOf(0, 3)) << again.err;
  const fs::path root{folder.path()};
  EXPECT_EQ(read(root / "first/scenario.toml"), read(root / "second/scenario.toml"));
}

TEST(Run, AMatrixIsAStudyWithAFolderForEachRun) {
  const TemporaryFolder folder;
  folder.write("both.toml",
               "[run]\nwarm_up = \"100ms\"\nmeasure = \"400ms\"\n[traffic]\nrate = \"200/s\"\n"
               "[matrix]\n\"path.kind\" = [\"direct\", \"queued\"]\n");

  const Finished run =
      run_queuemeter({"run", "both.toml", "--json", "--out", "both"}, folder.path());

  const json study = json::parse(run.out);
  EXPECT_EQ(study.at("schema"), "queuemeter.study/1");
  ASSERT_EQ(study.at("runs").size(), 2u);
  EXPECT_EQ(json::parse(read(folder.path() + "/both/study.json")), study);
  EXPECT_TRUE(fs::exists(folder.path() + "/both/1/result.json"));
  EXPECT_TRUE(fs::exists(folder.path() + "/both/2/result.json"));
}

TEST(Run, AnUnreachableBackendIsExit4AndLeavesNothing) {
  const TemporaryFolder folder;

  // Port 1 of the loopback: nobody listens there.
  const Finished run = run_queuemeter({"run", "http://127.0.0.1:1/", "--quiet"}, folder.path());

  EXPECT_EQ(run.exit_code, 4);
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(run.err, HasSubstr("127.0.0.1:1"));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(Run, ABadRecordingIsOneSentenceAndExit2AndLeavesNothing) {
  for (const auto& [content, part] :
       {std::pair{"seconds\n2\n1\n", "calls.csv:3: an instant lies before the one above it"},
        std::pair{"seconds\n-1\n", "calls.csv:2: an instant must not be negative"},
        std::pair{"seconds\n", "calls.csv: has no recorded calls"},
        std::pair{"1\nsoon\n", "calls.csv:2: no instant can be read here"}}) {
    const TemporaryFolder folder;
    folder.write("calls.csv", content);

    const Finished run = run_queuemeter({"run", "--set", "traffic.arrivals=replay:calls.csv",
                                         "--set", "path.kind=queued", "--quiet"},
                                        folder.path());

    EXPECT_EQ(run.exit_code, 2) << run.err;
    EXPECT_EQ(run.out, "");
    EXPECT_EQ(std::ranges::count(run.err, '\n'), 1) << run.err;
    EXPECT_THAT(run.err, HasSubstr(part));
    EXPECT_EQ(std::distance(fs::directory_iterator{folder.path()}, {}), 1) << "the recording";
  }
}

TEST(Run, AMillionCallersAreHeldWithinAQuarterOfAKilobyteEach) {
  const TemporaryFolder folder;

  const Finished run = run_queuemeter(
      {"run", "--callers", "1M", "--for", "500ms", "--set", "path.kind=direct", "--set",
       "traffic.think=exponential(20s)", "--set", "traffic.ramp=2s", "--set", "run.warm_up=2s",
       "--set", "run.tick=500ms", "--set", "run.drain=20s", "--json", "--quiet"},
      folder.path());

  EXPECT_THAT(run.exit_code, AnyOf(0, 3)) << run.err;
  const json document = json::parse(run.out);
  EXPECT_EQ(document.at("traffic").at("callers").get<int>(), 1'000'000);
  EXPECT_EQ(document.at("fairness").at("callers").at("count").get<int>(), 1'000'000);
  EXPECT_GE(document.at("fairness").at("callers").at("min").get<int>(), 1) << "each has called";
  expect_balanced(document.at("ledger"));
  EXPECT_LT(document.at("cost").at("max_rss_bytes").get<double>(), 1e6 * 256 + 200e6)
      << "beside what a run of a few callers takes";
}

TEST(Run, AFolderThatHoldsARunIsNotOverwritten) {
  const TemporaryFolder folder;
  folder.write("out/result.json", "precious");

  const Finished run = run_queuemeter(with(short_run, {"--out", "out"}), folder.path());

  EXPECT_EQ(run.exit_code, 2);
  EXPECT_EQ(read(folder.path() + "/out/result.json"), "precious");
}

class InterruptedRun : public testing::TestWithParam<int> {};

TEST_P(InterruptedRun, IsWrittenAndMarkedIncomplete) {
  const TemporaryFolder folder;
  RunningProgram run{{.arguments = {"run", "--rate", "200/s", "--for", "50s", "--out", "out",
                                    "--set", "run.warm_up=100ms"},
                      .folder = folder.path()}};
  ASSERT_TRUE(run.wait_for_errors("measure ", limit));

  run.send(GetParam());
  const Finished done = run.wait(limit);

  EXPECT_EQ(done.exit_code, 130) << done.err;
  const json document = json::parse(read(folder.path() + "/out/result.json"));
  EXPECT_FALSE(document.at("run").at("complete").get<bool>());
  EXPECT_GT(document.at("ledger").at("completed").get<int>(), 0);
  expect_balanced(document.at("ledger"));
}

INSTANTIATE_TEST_SUITE_P(Signals, InterruptedRun, testing::Values(SIGINT, SIGTERM));

TEST(Run, ASecondInterruptEndsItAtOnce) {
  const TemporaryFolder folder;
  // Calls that take 30 s keep the drain busy.
  RunningProgram run{{.arguments = {"run", "--rate", "20/s", "--for", "50s", "--set",
                                    "backend.service_time=30s", "--set", "run.drain=50s", "--set",
                                    "traffic.reply_timeout=50s", "--set", "run.warm_up=100ms"},
                      .folder = folder.path()}};
  ASSERT_TRUE(run.wait_for_errors("measure ", limit));

  run.send(SIGINT);
  ASSERT_TRUE(run.wait_for_errors("interrupted", limit));
  run.send(SIGINT);
  const Finished done = run.wait(seconds{10});

  EXPECT_FALSE(done.timed_out);
  EXPECT_EQ(done.exit_code, 130);
}

TEST(Run, AKilledRunLeavesAReadablePrefixMarkedIncomplete) {
  const TemporaryFolder folder;
  RunningProgram run{{.arguments = {"run", "--rate", "200/s", "--for", "50s", "--out", "out",
                                    "--set", "run.warm_up=100ms"},
                      .folder = folder.path()}};
  ASSERT_TRUE(run.wait_for_errors("measure ", limit));

  run.send(SIGKILL);
  const Finished done = run.wait(limit);

  EXPECT_EQ(done.signal, SIGKILL);
  EXPECT_FALSE(
      json::parse(read(folder.path() + "/out/result.json")).at("run").at("complete").get<bool>());
  std::istringstream ticks{read(folder.path() + "/out/ticks.jsonl")};
  int whole = 0;
  for (std::string line; std::getline(ticks, line);) {
    EXPECT_TRUE(json::accept(line)) << line;
    ++whole;
  }
  EXPECT_GT(whole, 5);
}

}  // namespace
}  // namespace queuemeter::end_to_end
