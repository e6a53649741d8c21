// SPDX-License-Identifier: Apache-2.0
// tools/brokers, with a real server in a folder of the test's own.
#include "tests/brokers/private_redis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace queuemeter::brokers_test {
namespace {

using testing::HasSubstr;

class BrokersTool : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "queuemeter-tool-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  void TearDown() override {
    if (!folder_.empty()) {
      static_cast<void>(tool("down redis"));
      std::filesystem::remove_all(folder_);
    }
  }
  [[nodiscard]] std::string tool(const std::string& arguments) const {
    return output_of(std::string{QUEUEMETER_SOURCE_DIR} + "/tools/brokers " + arguments +
                     " --dir " + folder_ + "/redis 2>&1; echo \"exit $?\"");
  }

  std::string folder_;
};

TEST_F(BrokersTool, StartsAServerSaysWhereItIsAndStopsIt) {
  const std::string port = std::to_string(free_port());
  const std::string url = "redis://127.0.0.1:" + port + "/0";
  TestRun run{1};

  EXPECT_EQ(tool("up redis --port " + port), url + "\nexit 0\n");
  EXPECT_NO_THROW(open(url, run));
  EXPECT_THAT(tool("up redis"), HasSubstr("runs already"));
  EXPECT_THAT(tool("status"), HasSubstr(url));
  EXPECT_THAT(tool("down redis"), HasSubstr("stopped"));

  EXPECT_THAT(tool("status"), HasSubstr("not running\nexit 1"));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/redis"));
  EXPECT_THAT(tool("down redis"), HasSubstr("does not run here\nexit 0"));
}

TEST_F(BrokersTool, ARunningServerThatIsNotItsOwnIsLeftAlone) {
  const PrivateRedis other;
  std::filesystem::create_directory(folder_ + "/redis");
  std::ofstream{folder_ + "/redis/pid"} << other.process_id();
  std::ofstream{folder_ + "/redis/mine"} << "a file of somebody's";

  EXPECT_THAT(tool("down redis"), HasSubstr("does not run here"));
  EXPECT_THAT(tool("up redis"), HasSubstr("is not empty and not ours"));

  EXPECT_EQ(other.cli("PING"), "PONG");
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/redis/mine"));
}

TEST_F(BrokersTool, SaysWhatItDoesNotKnow) {
  EXPECT_THAT(tool("up kafka"), HasSubstr("unknown broker kafka"));
  EXPECT_THAT(tool("begin redis"), HasSubstr("exit 2"));
  EXPECT_THAT(tool("up redis --port none"), HasSubstr("is no port"));
}

}  // namespace
}  // namespace queuemeter::brokers_test
