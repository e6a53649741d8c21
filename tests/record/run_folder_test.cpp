// SPDX-License-Identifier: Apache-2.0
#include "harness/record/run_folder.hpp"

#include "harness/measure/histogram_log.hpp"
#include "harness/record/result_json.hpp"
#include "harness/record/tick_json.hpp"
#include "harness/scenario/read_scenario.hpp"
#include "tests/record/sample_runs.hpp"
#include "tests/record/scratch_folder.hpp"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace queuemeter {
namespace {

namespace fs = std::filesystem;

TEST(RunFolder, FromTheStartItHoldsAResultMarkedIncomplete) {
  const ScratchFolder scratch;
  RunDocument opening = sample_runs::queued_at_ease();
  opening.complete = true;

  const Result<RunFolder> folder = RunFolder::create(scratch / "run", opening);

  ASSERT_TRUE(folder) << folder.error().what;
  EXPECT_EQ(folder.value().path(), scratch / "run");
  const Result<RunDocument> written = read_run_document(scratch / "run");
  ASSERT_TRUE(written) << written.error().what;
  EXPECT_FALSE(written.value().complete);
  EXPECT_EQ(written.value().id, opening.id);
}

TEST(RunFolder, TheFinalResultReplacesTheFirstAndLeavesNoDraft) {
  const ScratchFolder scratch;
  Result<RunFolder> folder = RunFolder::create(scratch / "run", RunDocument{});
  ASSERT_TRUE(folder) << folder.error().what;

  ASSERT_TRUE(folder.value().write_result(sample_runs::queued_overloaded()));

  const Result<RunDocument> written = read_run_document(scratch / "run");
  ASSERT_TRUE(written) << written.error().what;
  EXPECT_TRUE(written.value().complete);
  EXPECT_EQ(written.value().ledger.planned, 6'000);
  for (const auto& entry : fs::directory_iterator{scratch / "run"}) {
    EXPECT_NE(entry.path().extension(), ".part") << entry.path();
  }
}

TEST(RunFolder, AFolderThatHoldsARunIsRefusedAndLeftAlone) {
  const ScratchFolder scratch;
  ASSERT_TRUE(RunFolder::create(scratch / "run", sample_runs::direct_at_ease()));
  const std::string before = content_of(scratch / "run/result.json");

  const Result<RunFolder> again = RunFolder::create(scratch / "run", RunDocument{});

  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, Error::Kind::io);
  EXPECT_NE(again.error().what.find("holds a run already"), std::string::npos);
  EXPECT_EQ(content_of(scratch / "run/result.json"), before);
}

TEST(RunFolder, AnEmptyFolderIsTaken) {
  const ScratchFolder scratch;

  EXPECT_TRUE(RunFolder::create(scratch.path(), RunDocument{}));
}

TEST(RunFolder, AMissingParentAFileAndAForbiddenPlaceAreOneSentenceEach) {
  const ScratchFolder scratch;
  write_text(scratch / "file", "x");
  for (const std::string& path :
       {scratch / "absent/run", scratch / "file", scratch / "file/run", std::string{"/sys/run"}}) {
    const Result<RunFolder> folder = RunFolder::create(path, RunDocument{});

    ASSERT_FALSE(folder) << path;
    EXPECT_EQ(folder.error().kind, Error::Kind::io) << path;
    EXPECT_NE(folder.error().what.find(path), std::string::npos) << folder.error().what;
  }
}

TEST(RunFolder, NumbersGoUpAndSkipWhatIsNoNumber) {
  const ScratchFolder scratch;
  fs::create_directories(scratch / "runs/7");
  fs::create_directories(scratch / "runs/notes-12");

  const Result<std::string> first = make_numbered_folder(scratch / "runs");
  const Result<std::string> second = make_numbered_folder(scratch / "runs");

  ASSERT_TRUE(first && second);
  EXPECT_EQ(first.value(), scratch / "runs/8");
  EXPECT_EQ(second.value(), scratch / "runs/9");
}

TEST(RunFolder, TheFirstNumberIsOneAndItsParentIsMade) {
  const ScratchFolder scratch;

  const Result<std::string> first = make_numbered_folder(scratch / "runs");

  ASSERT_TRUE(first) << first.error().what;
  EXPECT_EQ(first.value(), scratch / "runs/1");
  EXPECT_FALSE(make_numbered_folder(scratch / "absent/runs"));
}

TEST(RunFolder, TheScenarioReadsBackToTheSameExperiment) {
  const ScratchFolder scratch;
  Result<RunFolder> folder = RunFolder::create(scratch / "run", RunDocument{});
  const Scenario scenario = sample_runs::queued_overloaded().scenario;

  ASSERT_TRUE(folder.value().write_scenario(scenario));

  const ScenarioReading reading = read_scenario_file(scratch / "run/scenario.toml");
  ASSERT_TRUE(reading.ok()) << reading.errors.front().sentence();
  EXPECT_EQ(scenario_hash(reading.scenarios.at(0)), scenario_hash(scenario));
}

TEST(RunFolder, HistogramsAreLoggedWithTheirTags) {
  const ScratchFolder scratch;
  Result<RunFolder> folder = RunFolder::create(scratch / "run", RunDocument{});
  Histogram completion;
  completion.record(std::chrono::milliseconds{20}, 3);
  Histogram lateness;
  lateness.record(std::chrono::microseconds{40});
  const std::array series{TaggedHistogram{"", completion}, TaggedHistogram{"lateness", lateness}};

  ASSERT_TRUE(
      folder.value().write_histograms(std::chrono::seconds{2}, std::chrono::seconds{1}, series));

  const auto entries = read_histogram_log(scratch / "run/latency.hlog");
  ASSERT_TRUE(entries) << entries.error().what;
  ASSERT_EQ(entries.value().size(), 2u);
  EXPECT_EQ(entries.value().at(0).tag, "");
  EXPECT_EQ(entries.value().at(0).histogram.count(), 3u);
  EXPECT_DOUBLE_EQ(entries.value().at(0).start_s, 2.0);
  EXPECT_EQ(entries.value().at(1).tag, "lateness");
}

TEST(RunFolder, AKilledRunLeavesEveryTickAndAReadableResult) {
  const ScratchFolder scratch;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Result<RunFolder> folder = RunFolder::create(scratch / "run", sample_runs::direct_at_ease());
    for (std::uint64_t number = 0; folder && number < 25; ++number) {
      Tick tick;
      tick.number = number;
      if (!folder.value().append_tick(tick)) {
        ::_exit(1);
      }
    }
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));

  const Result<TickReading> ticks = read_ticks(scratch / "run/ticks.jsonl");
  ASSERT_TRUE(ticks) << ticks.error().what;
  EXPECT_EQ(ticks.value().ticks.size(), 25u);
  EXPECT_EQ(ticks.value().ticks.back().number, 24u);
  const Result<RunDocument> result = read_run_document(scratch / "run");
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_FALSE(result.value().complete);
}

/// Lets this process write files of at most `bytes`, as a full disk would, while it lives.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_{std::signal(SIGXFSZ, SIG_IGN)} {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST(RunFolder, OnAFullDiskATickAndAResultAreErrorsAndTheOldResultStays) {
  const ScratchFolder scratch;
  Result<RunFolder> folder = RunFolder::create(scratch / "run", sample_runs::direct_at_ease());
  ASSERT_TRUE(folder) << folder.error().what;
  const std::string before = content_of(scratch / "run/result.json");
  Result<void> tick;
  Result<void> result;
  {
    const FullDisk full{300};
    for (int i = 0; i < 3 && tick; ++i) {
      tick = folder.value().append_tick(Tick{});
    }
    result = folder.value().write_result(sample_runs::queued_overloaded());
  }

  ASSERT_FALSE(tick);
  EXPECT_EQ(tick.error().kind, Error::Kind::io);
  EXPECT_NE(tick.error().what.find("ticks.jsonl"), std::string::npos) << tick.error().what;
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().what.find("result.json"), std::string::npos) << result.error().what;
  EXPECT_EQ(content_of(scratch / "run/result.json"), before);
  EXPECT_FALSE(fs::exists(scratch / "run/result.json.part"));
}

TEST(RunFolder, AFolderThatCannotBeBegunLeavesNothingBehind) {
  const ScratchFolder scratch;
  bool made = true;
  {
    const FullDisk full{100};
    made = RunFolder::create(scratch / "run", sample_runs::direct_at_ease()).has_value();
  }

  EXPECT_FALSE(made);
  EXPECT_FALSE(fs::exists(scratch / "run"));
}

}  // namespace
}  // namespace queuemeter
