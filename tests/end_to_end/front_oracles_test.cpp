// SPDX-License-Identifier: Apache-2.0
// What a sceptic would try, through a whole site: `queuemeter front` with a queue and workers, a
// backend in a process of its own, and each of the four kinds of completion. The answers are known
// beforehand. The four runs of a claim go on side by side, because they leave the machine idle; a
// run that finds itself disturbed is repeated, three times at the most.
#include "tests/end_to_end/program.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace queuemeter::end_to_end {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr int attempts = 3;
constexpr std::array kinds{"response", "callback", "poll", "backend"};

/// One run, and where it left its files.
struct Run {
  std::unique_ptr<TemporaryFolder> folder;
  json result;
};
using Runs = std::map<std::string, Run>;

std::string front_scenario(const std::string& kind, const std::string& rest) {
  return "[path]\nkind = \"front\"\ncompletion = \"" + kind + "\"\n" +
         (kind == "poll" ? "poll_interval = \"5ms\"\n" : "") + rest;
}

/// The scenario with each kind of completion, all at once.
Runs run_all(const std::string& rest) {
  std::vector<std::unique_ptr<RunningProgram>> programs;
  Runs runs;
  for (const std::string kind : kinds) {
    Run& run = runs[kind];
    run.folder = std::make_unique<TemporaryFolder>();
    const std::string file = run.folder->write("front.toml", front_scenario(kind, rest));
    programs.push_back(std::make_unique<RunningProgram>(
        Start{.arguments = {"run", file, "--json", "--quiet", "--out", run.folder->path() + "/out"},
              .folder = run.folder->path()}));
  }
  for (std::size_t index = 0; index < kinds.size(); ++index) {
    const Finished finished = programs[index]->wait(seconds{90});
    json result = json::parse(finished.out, nullptr, false);
    EXPECT_FALSE(result.is_discarded()) << kinds[index] << ": " << finished.err;
    runs[kinds[index]].result = std::move(result);
  }
  return runs;
}

/// Runs again as long as it does not hold for all of them.
Runs run_until(const std::string& rest, const std::function<bool(const json&)>& holds) {
  Runs runs;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    runs = run_all(rest);
    bool all_hold = true;
    for (const auto& [kind, run] : runs) {
      all_hold = all_hold && run.result.is_object() && holds(run.result);
    }
    if (all_hold) {
      return runs;
    }
  }
  return runs;
}

bool is_valid(const json& result) { return result.at("validity").at("verdict") != "invalid"; }

/// The backend stops for 1 s of 10, see Freeze in measured_test.cpp: p95 is (1 + rho) / 2 s less
/// half an interval between two calls.
constexpr double freeze_rate = 100.0;
double freeze_error(const json& result) {
  const double rho = freeze_rate * result.at("backend").at("mean_service_s").get<double>();
  const double expected = (1.0 + rho) / 2.0 - 0.5 / freeze_rate;
  const json& p95 = result.at("latency_ns").at("completion").at("p95");
  return p95.is_null() ? 1.0 : std::abs(p95.get<double>() * 1e-9 / expected - 1.0);
}

TEST(FrontFreeze, OfTheBackendShowsInThePercentilesWhateverTellsTheResult) {
  const Runs runs = run_until(
      "[run]\nwarm_up = \"1s\"\nmeasure = \"10s\"\n"
      "[traffic]\narrivals = \"constant\"\nreply_timeout = \"20s\"\nrate = \"100/s\"\n"
      "[workers]\ncount = 1\n[backend]\nkind = \"managed\"\nmodel = \"event\"\nconcurrency = 1\n"
      "service_time = \"5ms\"\n"
      "[[fault]]\nat = \"4s\"\nwhat = \"freeze\"\nwho = \"backend\"\nfor = \"1s\"\n",
      [](const json& result) { return freeze_error(result) <= 0.1; });

  for (const auto& [kind, run] : runs) {
    EXPECT_EQ(run.result.at("ledger").at("completed"), run.result.at("ledger").at("planned"))
        << kind;
    EXPECT_LE(freeze_error(run.result), 0.1) << kind << run.result.at("latency_ns");
  }
}

/// Completed calls per second ÷ 8 slots by the service time that the backend measured.
double use_of_the_pool(const json& result) {
  return result.at("throughput").at("completed_per_s").get<double>() *
         result.at("backend").at("mean_service_s").get<double>() / 8.0;
}

class FrontOverload : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    runs = run_until(
        "[run]\nwarm_up = \"1s\"\nmeasure = \"4s\"\ndrain = \"3s\"\n"
        "[traffic]\nrate = \"600/s\"\nreply_timeout = \"2s\"\n"
        "[queue]\nbound = 200\n[workers]\ncount = 16\n"
        "[backend]\nkind = \"managed\"\nmodel = \"event\"\nconcurrency = 8\n"
        "service_time = \"20ms\"\n",
        [](const json& result) {
          return is_valid(result) && std::abs(use_of_the_pool(result) - 1.0) <= 0.02;
        });
  }
  static void TearDownTestSuite() { runs.clear(); }

  static inline Runs runs;
};

TEST_F(FrontOverload, IsAFindingAndWhatTheSiteRefusesIsRejected) {
  for (const auto& [kind, run] : runs) {
    const json& ledger = run.result.at("ledger");
    EXPECT_TRUE(is_valid(run.result)) << kind << run.result.at("validity");
    EXPECT_TRUE(run.result.at("saturated").get<bool>()) << kind;
    EXPECT_GT(ledger.at("reasons").value("full", 0), 300) << kind << ledger;
    EXPECT_EQ(ledger.at("rejected"), ledger.at("reasons").at("full")) << kind;
    EXPECT_EQ(ledger.at("lost"), 0) << kind;
    EXPECT_EQ(ledger.at("duplicated"), 0) << kind;
    EXPECT_EQ(run.result.at("limiting_part"), "backend") << kind;
  }
}

TEST_F(FrontOverload, TheRateIsThePoolDividedByItsMeasuredServiceTime) {
  for (const auto& [kind, run] : runs) {
    EXPECT_NEAR(use_of_the_pool(run.result), 1.0, 0.02) << kind;
  }
}

TEST_F(FrontOverload, TheLedgerBalancesOnEveryTick) {
  for (const auto& [kind, run] : runs) {
    EXPECT_TRUE(run.result.at("ledger").at("balanced").get<bool>()) << kind;
    std::ifstream ticks{run.folder->path() + "/out/ticks.jsonl"};
    std::int64_t in_flight = 0;
    std::size_t lines = 0;
    for (std::string line; std::getline(ticks, line); ++lines) {
      const json tick = json::parse(line);
      for (const auto& [phase, counts] : tick.at("counts").items()) {
        in_flight += counts.value("planned", std::int64_t{0});
        for (const char* outcome : {"completed", "rejected", "shed", "expired", "failed", "lost",
                                    "unfinished", "unknown", "unsent"}) {
          in_flight -= counts.value(outcome, std::int64_t{0});
        }
      }
      ASSERT_GE(in_flight, 0) << kind << tick;
      ASSERT_EQ(in_flight, tick.at("gauges").at("in_flight")) << kind << tick;
    }
    EXPECT_GT(lines, 40U) << kind;
    EXPECT_EQ(in_flight, 0) << kind;
  }
}

TEST_F(FrontOverload, AnswerAndCompletionAreTwoClocksButByResponse) {
  for (const auto& [kind, run] : runs) {
    const json& latency = run.result.at("latency_ns");
    const double answer = latency.at("answer").at("p50").get<double>();
    const double completion = latency.at("completion").at("p50").get<double>();
    if (kind == "response") {
      EXPECT_EQ(answer, completion);
    } else {
      EXPECT_LT(answer, completion / 5.0) << kind;
    }
  }
  EXPECT_GT(runs.at("poll").result.at("front").at("polls"), 1000);
  EXPECT_GT(runs.at("callback").result.at("front").at("reports"), 1000);
  EXPECT_FALSE(runs.at("backend").result.at("latency_ns").at("service").is_null());
}

}  // namespace
}  // namespace queuemeter::end_to_end
