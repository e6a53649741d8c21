// SPDX-License-Identifier: Apache-2.0
// What a sceptic would try: the real program against a real HTTP backend in a process of its own,
// with answers that are known beforehand. A claim is about a run that found itself valid, not
// suspect: what a warned measurement says proves nothing. On a machine that others use a run may
// find itself disturbed, or its backend and workers may have had no time for what they do, which is
// no fault of the instrument; so the best of five runs counts.
#include "tests/end_to_end/program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <ostream>
#include <sched.h>
#include <string>
#include <vector>

namespace queuemeter::end_to_end {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr int attempts = 5;

json read_json(const std::string& text) { return json::parse(text); }

/// The lines that were written to their ends.
std::vector<json> read_lines(const std::string& path) {
  std::vector<json> lines;
  std::ifstream file{path};
  for (std::string line; std::getline(file, line) && !file.eof();) {
    lines.push_back(json::parse(line));
  }
  return lines;
}

bool is_valid(const json& run) { return run.at("validity").at("verdict") == "valid"; }

std::int64_t sum_of_outcomes(const json& ledger) {
  std::int64_t sum = 0;
  for (const char* outcome : {"completed", "rejected", "shed", "expired", "failed", "lost",
                              "unfinished", "unknown", "unsent"}) {
    sum += ledger.at(outcome).get<std::int64_t>();
  }
  return sum;
}

struct FreezeCase {
  const char* path;
  double rho;
  int service_ms;  ///< so long that a call's way through HTTP is little beside it
};
void PrintTo(const FreezeCase& freeze, std::ostream* out) {
  *out << freeze.path << " rho " << freeze.rho;
}

class Freeze : public testing::TestWithParam<FreezeCase> {};

/// The backend's process is stopped for 1 s of 10. Arrivals of 1 / (1 − ρ) s wait, the first for
/// 1 s and the last not at all, so p95 is (1 + ρ) / 2 s. A tool that measures from when a call was
/// really sent, or from when a worker took it, shows nothing.
TEST_P(Freeze, OfTheBackendShowsInThePercentiles) {
  const auto [path, rho, service_ms] = GetParam();
  const int rate = static_cast<int>(std::lround(rho * 1000.0 / service_ms));
  const double expected = (1.0 + rho) / 2.0;
  std::string seen;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    const TemporaryFolder folder;
    const std::string scenario = folder.write(
        "freeze.toml",
        "[run]\nwarm_up = \"1s\"\nmeasure = \"10s\"\n"
        "[traffic]\narrivals = \"constant\"\nreply_timeout = \"20s\"\nrate = \"" +
            std::to_string(rate) + "/s\"\n[path]\nkind = \"" + path +
            "\"\n[workers]\ncount = 1\n[backend]\nkind = \"managed\"\nconcurrency = 1\n"
            "service_time = \"" +
            std::to_string(service_ms) +
            "ms\"\n"
            "[[fault]]\nat = \"4s\"\nwhat = \"freeze\"\nwho = \"backend\"\nfor = \"1s\"\n");

    const Finished finished =
        run_queuemeter({"run", scenario, "--json", "--quiet"}, folder.path(), seconds{60});
    const json run = read_json(finished.out);

    EXPECT_EQ(run.at("ledger").at("completed"), run.at("ledger").at("planned"));
    const double p95 = run.at("latency_ns").at("completion").at("p95").get<double>() * 1e-9;
    if (is_valid(run) && std::abs(p95 / expected - 1.0) <= 0.1) {
      return;
    }
    seen += std::to_string(p95) + " s, " + run.at("validity").at("verdict").get<std::string>() +
            ", one call " + run.at("backend").at("mean_service_s").dump() + " s; ";
  }
  ADD_FAILURE() << "p95 of " << expected << " s expected: " << seen;
}

INSTANTIATE_TEST_SUITE_P(PathsAndLoads, Freeze,
                         testing::Values(FreezeCase{"direct", 0.1, 1}, FreezeCase{"direct", 0.5, 4},
                                         FreezeCase{"queued", 0.1, 1},
                                         FreezeCase{"queued", 0.5, 4}),
                         [](const testing::TestParamInfo<FreezeCase>& freeze) {
                           return std::string{freeze.param.path} + "Rho" +
                                  std::to_string(static_cast<int>(freeze.param.rho * 100));
                         });

/// The bare `run`, once for all the claims below: 8 slots of 20 ms, at 1.5 times and at 0.75 times
/// what they can take. It is repeated when the machine had no time for it, which shows in a run
/// that is not valid and in workers that were woken late.
class BareRun : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (int attempt = 0; attempt < attempts; ++attempt) {
      folder = std::make_unique<TemporaryFolder>();
      finished = run_queuemeter({"run", "--json", "--quiet", "--out", folder->path() + "/out"},
                                folder->path(), seconds{90});
      study = json::parse(finished.out, nullptr, false);
      if (finished.exit_code == 0 && all_are_valid() &&
          std::abs(use_of_the_pool() - 1.0) <= tolerance_of_use) {
        return;
      }
    }
  }
  static bool all_are_valid() {
    return std::ranges::all_of(study.at("runs"),
                               [](const json& entry) { return is_valid(entry.at("result")); });
  }
  static void TearDownTestSuite() { folder.reset(); }

  static const json& run(const std::string& label) {
    for (const json& candidate : study.at("runs")) {
      if (candidate.at("result").at("run").at("label") == label) {
        return candidate.at("result");
      }
    }
    throw std::runtime_error{"no run is called " + label};
  }

  /// Completed calls per second under overload ÷ what 8 workers can complete of calls as long as
  /// theirs were.
  static double use_of_the_pool() {
    const json& queued = run("queued 600/s");
    const double service = queued.at("latency_ns").at("service").at("mean").get<double>() * 1e-9;
    return queued.at("throughput").at("completed_per_s").get<double>() * service / 8.0;
  }

  static constexpr double tolerance_of_use = 0.02;

  static inline std::unique_ptr<TemporaryFolder> folder;
  static inline Finished finished;
  static inline json study;
};

TEST_F(BareRun, IsOneStudyOfFourValidRuns) {
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(study.at("schema"), "queuemeter.study/1");
  ASSERT_EQ(study.at("runs").size(), 4U);
  for (const json& entry : study.at("runs")) {
    const json& each = entry.at("result");
    EXPECT_TRUE(is_valid(each)) << each.at("validity");
    EXPECT_TRUE(each.at("ledger").at("balanced").get<bool>());
    EXPECT_EQ(sum_of_outcomes(each.at("ledger")), each.at("ledger").at("planned"));
    EXPECT_EQ(each.at("ledger").at("lost"), 0);
    EXPECT_EQ(each.at("ledger").at("duplicated"), 0);
  }
}

TEST_F(BareRun, OverloadOnTheDirectPathFailsByTimeoutAndIsAFindingNotAFault) {
  const json& direct = run("direct 600/s");

  EXPECT_TRUE(direct.at("saturated").get<bool>());
  EXPECT_GT(direct.at("ledger").at("reasons").at("reply_timeout"), 1000);
  EXPECT_GT(direct.at("backend").at("wasted"), 500) << "the backend worked for callers long gone";
}

TEST_F(BareRun, OverloadOnTheQueuedPathIsRejectedAtTheDoor) {
  const json& queued = run("queued 600/s");

  EXPECT_TRUE(queued.at("saturated").get<bool>());
  EXPECT_GT(queued.at("ledger").at("reasons").at("full"), 800);
  EXPECT_EQ(queued.at("ledger").at("failed"), 0);
  EXPECT_EQ(queued.at("backlog").at("peak"), 600);
  EXPECT_EQ(queued.at("backend").at("wasted"), 0);
}

TEST_F(BareRun, TheRateUnderOverloadIsThePoolDividedByItsMeasuredServiceTime) {
  EXPECT_NEAR(use_of_the_pool(), 1.0, tolerance_of_use);
}

TEST_F(BareRun, BelowCapacityNothingIsDropped) {
  for (const char* label : {"direct 300/s", "queued 300/s"}) {
    EXPECT_EQ(run(label).at("ledger").at("completed"), run(label).at("ledger").at("planned"));
    EXPECT_FALSE(run(label).at("saturated").get<bool>());
  }
}

TEST_F(BareRun, TheLedgerBalancesOnEveryTick) {
  for (int number = 1; number <= 4; ++number) {
    std::int64_t planned = 0;
    std::int64_t settled = 0;
    const auto ticks =
        read_lines(folder->path() + "/out/" + std::to_string(number) + "/ticks.jsonl");
    ASSERT_GT(ticks.size(), 40U);
    for (const json& tick : ticks) {
      for (const auto& [phase, counts] : tick.at("counts").items()) {
        planned += counts.value("planned", std::int64_t{0});
        for (const char* outcome : {"completed", "rejected", "shed", "expired", "failed", "lost",
                                    "unfinished", "unknown", "unsent"}) {
          settled += counts.value(outcome, std::int64_t{0});
        }
      }
      ASSERT_GE(planned - settled, 0) << tick;
      ASSERT_EQ(planned - settled, tick.at("gauges").at("in_flight")) << tick;
    }
    EXPECT_EQ(planned, settled);
  }
}

/// The first CPU this program may use, which a container may number as it likes.
std::string own_cpu() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  sched_getaffinity(0, sizeof allowed, &allowed);
  std::size_t cpu = 0;
  while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, &allowed)) {
    ++cpu;
  }
  return std::to_string(cpu);
}

/// Two spinning programs on the generator's CPU, and the generator at the lowest priority: what it
/// prints is not what the backend did, and it must say so.
TEST(Generator, AStarvedOneSaysInvalidAndExits3) {
  const TemporaryFolder folder;
  const std::string cpu = own_cpu();
  const Start spinning{.program = "/usr/bin/taskset",
                       .arguments = {"-c", cpu, "/bin/sh", "-c", "while :; do :; done"}};
  const RunningProgram first{spinning};
  const RunningProgram second{spinning};

  RunningProgram starved{
      {.program = "/usr/bin/taskset",
       .arguments = {"-c", cpu, "/usr/bin/nice", "-n", "19", QUEUEMETER_BINARY, "run", "--rate",
                     "2k/s", "--for", "5s", "--set", "path.kind=direct", "--set",
                     "backend.service_time=1ms", "--json", "--quiet"},
       .folder = folder.path()}};
  const Finished finished = starved.wait(seconds{180});

  EXPECT_EQ(finished.exit_code, 3) << finished.err;
  const json run = read_json(finished.out);
  EXPECT_EQ(run.at("validity").at("verdict"), "invalid");
  std::string failed;
  for (const json& check : run.at("validity").at("checks")) {
    failed += check.at("verdict") == "fail" ? check.at("id").get<std::string>() + " " : "";
  }
  EXPECT_THAT(failed, testing::AnyOf(HasSubstr("lateness"), HasSubstr("generator_cpu")));
}

TEST(Generator, AQuietOneIsValid) {
  json validity;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    const TemporaryFolder folder;
    // More than 1,000 calls: fewer are too few for a p99, and a warning.
    const Finished finished = run_queuemeter({"run", "--rate", "200/s", "--for", "6s", "--set",
                                              "backend.service_time=20ms", "--json", "--quiet"},
                                             folder.path());
    const json run = read_json(finished.out);
    validity = run.at("validity");
    if (is_valid(run)) {
      EXPECT_EQ(finished.exit_code, 0);
      return;
    }
  }
  ADD_FAILURE() << "no valid run: " << validity;
}

/// A file size limit stands in for a full disk: the write fails, and nothing else does.
TEST(FullDisk, IsOneSentenceAndExit3) {
  const TemporaryFolder folder;
  RunningProgram program{
      {.program = "/bin/sh",
       .arguments = {"-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" run --for 60s --quiet",
                     QUEUEMETER_BINARY},
       .folder = folder.path()}};

  const Finished finished = program.wait(seconds{50});

  EXPECT_EQ(finished.exit_code, 3) << finished.out << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("ticks.jsonl"));
  EXPECT_EQ(std::ranges::count(finished.err, '\n'), 1) << finished.err;
  // What was written before is a readable prefix, marked incomplete.
  const std::string run = folder.path() + "/queuemeter-runs/1";
  std::ifstream result{run + "/result.json"};
  EXPECT_FALSE(json::parse(result).at("run").at("complete").get<bool>());
  EXPECT_GT(read_lines(run + "/ticks.jsonl").size(), 3U);
}

}  // namespace
}  // namespace queuemeter::end_to_end
