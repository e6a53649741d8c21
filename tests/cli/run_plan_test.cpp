// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/run_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace queuemeter::cli {
namespace {

using testing::HasSubstr;

Result<RunPlan> plan(const std::vector<std::string>& arguments) {
  std::vector<std::string> all{"run"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return plan_runs(parse_command_line(all).value());
}

/// A scenario file that goes away with the test.
class ScenarioFile {
 public:
  explicit ScenarioFile(const std::string& text) {
    std::string name = (std::filesystem::temp_directory_path() / "run_plan_XXXXXX").string();
    const int descriptor = mkstemp(name.data());
    EXPECT_GE(descriptor, 0);
    path_ = name;
    std::ofstream{path_} << text;
  }
  ScenarioFile(const ScenarioFile&) = delete;
  ScenarioFile& operator=(const ScenarioFile&) = delete;
  ~ScenarioFile() { std::filesystem::remove(path_); }

  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

TEST(RunPlan, BareRunComparesDirectAndQueuedAtTwoRates) {
  const RunPlan bare = plan({"--quiet", "--json"}).value();

  EXPECT_EQ(bare.kind, RunPlan::Kind::comparison);
  EXPECT_EQ(bare.runs.size(), 4u);
}

TEST(RunPlan, OptionsAloneMakeOneRunOfTheDefaultScenario) {
  const RunPlan one = plan({"--rate", "5k/s", "--for", "3s", "--workers", "2"}).value();

  ASSERT_EQ(one.runs.size(), 1u);
  EXPECT_EQ(one.kind, RunPlan::Kind::single);
  const Scenario& scenario = one.runs[0].scenario;
  EXPECT_EQ(scenario.traffic.rate, Rate::per_second(5000));
  EXPECT_EQ(scenario.run.measure, std::chrono::seconds{3});
  EXPECT_EQ(scenario.workers.count, 2u);
  EXPECT_EQ(scenario.path.kind, PathKind::queued);
}

TEST(RunPlan, AUrlIsCalledDirectlyAtAThousandASecondForTenSeconds) {
  const Scenario scenario = plan({"http://127.0.0.1:1/slow"}).value().runs[0].scenario;

  EXPECT_EQ(scenario.path.kind, PathKind::direct);
  EXPECT_EQ(scenario.backend.kind, BackendSettings::Kind::http);
  EXPECT_EQ(scenario.backend.url, "http://127.0.0.1:1/slow");
  EXPECT_EQ(scenario.traffic.rate, Rate::per_second(1000));
  EXPECT_EQ(scenario.run.measure, std::chrono::seconds{10});
}

TEST(RunPlan, AUrlIsAskedAsABrowserAsks) {
  const Scenario scenario = plan({"http://127.0.0.1:1/slow"}).value().runs[0].scenario;
  EXPECT_EQ(scenario.backend.client.method, "GET");
  EXPECT_EQ(scenario.traffic.payload.largest(), 0U);
  EXPECT_TRUE(scenario.backend.client.expect.status.contains(302));
}

TEST(RunPlan, ABodyIsPosted) {
  const Scenario scenario = plan({"http://127.0.0.1:1/", "--body", "{ a = 1 }", "-H",
                                  "Accept:  text/plain", "-H", "X-Empty:"})
                                .value()
                                .runs[0]
                                .scenario;
  EXPECT_EQ(scenario.backend.client.method, "POST");
  EXPECT_EQ(scenario.traffic.request.body, "{ a = 1 }") << "also what looks like TOML";
  EXPECT_EQ(scenario.traffic.request.headers, (std::vector<std::pair<std::string, std::string>>{
                                                  {"Accept", "text/plain"}, {"X-Empty", ""}}));
  EXPECT_EQ(plan({"http://127.0.0.1:1/", "--body", "x", "--method", "PUT"})
                .value()
                .runs[0]
                .scenario.backend.client.method,
            "PUT");
}

TEST(RunPlan, AHeaderWithoutAColonIsRefused) {
  const auto line = parse_command_line({"run", "http://127.0.0.1:1/", "-H", "Accept text/plain"});
  ASSERT_TRUE(line.has_error());
  EXPECT_NE(line.error().what.find("NAME: VALUE"), std::string::npos);
}

TEST(RunPlan, OptionsWinOverWhatAUrlStandsFor) {
  const Scenario scenario =
      plan({"http://127.0.0.1:1/", "--rate", "20/s", "--for", "2s", "--queue", "mutex_deque"})
          .value()
          .runs[0]
          .scenario;

  EXPECT_EQ(scenario.path.kind, PathKind::queued);
  EXPECT_EQ(scenario.traffic.rate, Rate::per_second(20));
  EXPECT_EQ(scenario.run.measure, std::chrono::seconds{2});
}

TEST(RunPlan, AMatrixIsEveryCombination) {
  const ScenarioFile file{"[matrix]\n\"path.kind\" = [\"direct\", \"queued\"]\n"};

  const RunPlan both = plan({file.path()}).value();

  EXPECT_EQ(both.kind, RunPlan::Kind::matrix);
  ASSERT_EQ(both.runs.size(), 2u);
  EXPECT_THAT(both.runs[0].label, HasSubstr("direct"));
}

TEST(RunPlan, AScenarioThatIsRepeatedIsManyRuns) {
  const RunPlan repeated = plan({"--rate", "50/s", "--repeat", "3"}).value();

  EXPECT_EQ(repeated.kind, RunPlan::Kind::repetition);
  ASSERT_EQ(repeated.runs.size(), 1u);
  EXPECT_EQ(repeated.runs[0].scenario.run.repeat, 3u);
}

TEST(RunPlan, CallersMakeAClosedLoop) {
  const RunPlan callers = plan({"--callers", "20", "--calls", "500"}).value();

  EXPECT_EQ(callers.runs[0].scenario.traffic.model, TrafficModel::closed);
  EXPECT_EQ(callers.runs[0].scenario.traffic.callers, 20u);
  EXPECT_EQ(callers.runs[0].scenario.run.calls, 500u);
  EXPECT_EQ(plan({"http://127.0.0.1:1/", "--callers", "20"}).value().runs[0].scenario.traffic.model,
            TrafficModel::closed);
}

TEST(RunPlan, TheCommandLineWinsOverTheFile) {
  const ScenarioFile file{"[traffic]\nrate = \"10/s\"\n"};

  const RunPlan one = plan({file.path(), "--rate", "30/s"}).value();

  EXPECT_EQ(one.runs[0].scenario.traffic.rate, Rate::per_second(30));
}

TEST(RunPlan, EveryErrorOfTheScenarioIsListed) {
  const ScenarioFile file{"[traffic]\nrate = \"-1/s\"\n[run]\nmesure = \"5s\"\n"};

  const auto broken = plan({file.path(), "--workers", "none"});

  ASSERT_TRUE(broken.has_error());
  EXPECT_EQ(broken.error().kind, Error::Kind::usage);
  EXPECT_THAT(broken.error().what, HasSubstr("traffic.rate"));
  EXPECT_THAT(broken.error().what, HasSubstr("mesure"));
  EXPECT_THAT(broken.error().what, HasSubstr("workers.count"));
}

TEST(RunPlan, AScenarioThatCannotBeReadIsOneSentence) {
  const auto missing = plan({"/nowhere/at_all.toml"});

  ASSERT_TRUE(missing.has_error());
  EXPECT_EQ(missing.error().kind, Error::Kind::usage);
  EXPECT_THAT(missing.error().what, HasSubstr("/nowhere/at_all.toml"));
  EXPECT_EQ(missing.error().what.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace queuemeter::cli
