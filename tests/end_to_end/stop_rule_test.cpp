// SPDX-License-Identifier: Apache-2.0
// Other people's systems: a run that most calls fail in for five seconds leaves them alone. The
// programs run beside each other, because each takes that long.
#include "tests/brokers/private_redis.hpp"
#include "tests/end_to_end/program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <fstream>
#include <string>
#include <vector>

namespace queuemeter::end_to_end {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr seconds limit{60};

Start run_in(const TemporaryFolder& folder, const std::string& out, const std::string& length,
             const std::vector<std::string>& more) {
  Start start{.arguments = {"run", "--rate", "100/s", "--set", "run.warm_up=100ms", "--set",
                            "run.drain=500ms", "--for", length, "--out", out},
              .folder = folder.path()};
  start.arguments.insert(start.arguments.end(), more.begin(), more.end());
  return start;
}

json document_in(const TemporaryFolder& folder, const std::string& out) {
  return json::parse(std::ifstream{folder.path() + "/" + out + "/result.json"});
}

void expect_stopped(const Finished& run, const json& document) {
  // A run that a busy machine held up is invalid as well, which weighs more.
  const bool is_invalid = document.at("validity").at("verdict") == "invalid";
  EXPECT_EQ(run.exit_code, is_invalid ? 3 : 1) << run.err;
  EXPECT_FALSE(document.at("run").at("complete").get<bool>());
  EXPECT_TRUE(document.at("ledger").at("balanced").get<bool>());
  EXPECT_EQ(document.at("ledger").at("unsent").get<int>(), 0) << "what was due was offered";
  EXPECT_THAT(run.out + run.err, HasSubstr("--no-abort goes on all the same"));
}

TEST(StopRule, LeavesABackendThatIsNotOursAloneUnlessToldOtherwise) {
  const TemporaryFolder folder;
  RunningProgram backend{{.arguments = {"backend", "--service-time", "1ms", "--error-rate", "1"}}};
  ASSERT_TRUE(backend.wait_for_output("\n", limit));
  const std::string line = backend.output();
  const std::string url = line.substr(line.find("http://"), line.find('\n') - line.find("http://"));
  RunningProgram obedient{run_in(folder, "stopped", "50s", {url})};
  RunningProgram stubborn{run_in(folder, "on", "6500ms", {url, "--no-abort"})};

  const Finished stopped = obedient.wait(limit);
  const Finished went_on = stubborn.wait(limit);

  const json document = document_in(folder, "stopped");
  expect_stopped(stopped, document);
  EXPECT_GT(document.at("ledger").at("failed").get<int>(), 400);
  const json whole = document_in(folder, "on");
  EXPECT_TRUE(whole.at("run").at("complete").get<bool>());
  EXPECT_GT(whole.at("ledger").at("failed").get<int>(), 600) << "six and a half seconds of them";
  EXPECT_NE(went_on.exit_code, 1) << went_on.err;
}

TEST(StopRule, LeavesAQueueThatIsNotOursAloneToo) {
  const TemporaryFolder folder;
  brokers_test::PrivateRedis redis;
  RunningProgram run{run_in(folder, "stopped", "50s", {"--queue", redis.url()})};
  ASSERT_TRUE(run.wait_for_errors("measure ", limit));

  redis.kill();
  const Finished stopped = run.wait(limit);

  expect_stopped(stopped, document_in(folder, "stopped"));
}

}  // namespace
}  // namespace queuemeter::end_to_end
