// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/file_settings.hpp"

#include "tests/scenario/reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace queuemeter {
namespace {

namespace fs = std::filesystem;

/// A folder of one test, removed at its end, with a scenario in it.
class FileSettings : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string folder() const { return folder_.string(); }
  [[nodiscard]] Scenario read(const std::string& toml,
                              const std::vector<Override>& overrides = {}) const {
    const std::string path = folder_ / "scenario.toml";
    std::ofstream{path} << toml;
    const ScenarioReading reading = read_scenario_file(path, overrides);
    for (const ScenarioError& error : reading.errors) {
      ADD_FAILURE() << error.sentence();
    }
    return reading.ok() ? reading.scenarios.back() : Scenario{};
  }

 private:
  fs::path folder_ =
      fs::temp_directory_path() / ("queuemeter-file-settings-" + std::to_string(::getpid()));
};

TEST_F(FileSettings, AreBelowTheFolderOfTheScenario) {
  const Scenario scenario = read("traffic.arrivals = \"replay:days/../monday.csv\"\n");
  EXPECT_EQ(scenario.traffic.arrivals, Arrivals::replay);
  EXPECT_EQ(scenario.traffic.replay_file, folder() + "/monday.csv");
}

TEST_F(FileSettings, MayBeAbsolute) {
  EXPECT_EQ(read("traffic.arrivals = \"replay:/logs/a.csv\"\n").traffic.replay_file, "/logs/a.csv");
}

TEST_F(FileSettings, OfTheMatrixAreBelowTheFolderToo) {
  EXPECT_EQ(read("[matrix]\n\"traffic.arrivals\" = [\"poisson\", \"replay:b.log\"]\n")
                .traffic.replay_file,
            folder() + "/b.log");
}

TEST_F(FileSettings, FromTheCommandLineAreBelowTheCurrentFolder) {
  EXPECT_EQ(read("", {{"traffic.arrivals", "replay:c.csv"}}).traffic.replay_file,
            (fs::current_path() / "c.csv").string());
}

TEST_F(FileSettings, AreNamedInTheRunFolderSoThatTheRunCanBeRepeated) {
  const Scenario scenario = read("traffic.arrivals = \"replay:a.csv\"\n");
  EXPECT_EQ(read_one(to_toml(scenario)).traffic.replay_file, folder() + "/a.csv");
}

TEST_F(FileSettings, DoNotMakeAnotherExperimentOfAnotherFolder) {
  const Scenario here = read("traffic.arrivals = \"replay:a.csv\"\n");
  const Scenario there = read_one("traffic.arrivals = \"replay:/elsewhere/a.csv\"\n");
  const Scenario other = read_one("traffic.arrivals = \"replay:/elsewhere/b.csv\"\n");
  EXPECT_EQ(scenario_hash(here), scenario_hash(there));
  EXPECT_NE(scenario_hash(here), scenario_hash(other));
}

TEST_F(FileSettings, AreTimesThatSomebodyMeasuredAsWell) {
  TomlValue root = std::get<TomlValue>(parse_toml(R"toml(
backend.service_time = "empirical(times.csv)"
[[traffic.class]]
deadline = "empirical(/abs.csv)"
[queue]
options = { name = "replay:x" }
)toml"));
  anchor_files(root, "/data");
  const TomlValue* const backend = root.find("backend");
  EXPECT_EQ(*backend->find("service_time")->text(), "empirical(/data/times.csv)");
  const auto* const classes = root.find("traffic")->find("class")->list();
  EXPECT_EQ(*classes->front().find("deadline")->text(), "empirical(/abs.csv)");
  EXPECT_EQ(*root.find("queue")->find("options")->find("name")->text(), "replay:x");
}

TEST_F(FileSettings, OfATextStayAsTheyAre) {
  EXPECT_EQ(read_one("traffic.arrivals = \"replay:a.csv\"\n").traffic.replay_file, "a.csv");
}

TEST_F(FileSettings, OfAPipeAreBelowTheCurrentFolder) {
  EXPECT_EQ(folder_of_scenario("/dev/null"), fs::current_path().string());
  EXPECT_EQ(folder_of_scenario(folder() + "/absent.toml"), fs::current_path().string());
}

}  // namespace
}  // namespace queuemeter
