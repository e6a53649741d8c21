// SPDX-License-Identifier: Apache-2.0
// Runs over a Redis server that wants a password: it is asked for, and it is in no file.
#include "tests/brokers/private_redis.hpp"
#include "tests/end_to_end/program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace queuemeter::end_to_end {
namespace {

namespace fs = std::filesystem;
using brokers_test::PrivateRedis;
using testing::HasSubstr;
using testing::Not;

const std::string secret = "opensesame-7f3a";

std::vector<std::string> short_run(const std::string& url) {
  return {"run",   "--queue",           url,     "--rate",       "200/s",  "--for", "400ms",
          "--set", "run.warm_up=100ms", "--set", "run.drain=1s", "--quiet"};
}

/// Everything that files of a folder hold.
std::string content_of(const fs::path& folder) {
  std::string content;
  for (const auto& entry : fs::recursive_directory_iterator{folder}) {
    if (entry.is_regular_file()) {
      std::ifstream file{entry.path(), std::ios::binary};
      content.append(std::istreambuf_iterator<char>{file}, {});
    }
  }
  return content;
}

class RedisWithAPassword : public testing::Test {
 protected:
  PrivateRedis redis_{{"--requirepass", secret}};
  TemporaryFolder folder_;
};

TEST_F(RedisWithAPassword, AWrongOneIsOneSentenceAndExit2AndLeavesNothing) {
  const Finished run = run_queuemeter(short_run(redis_.url(":wrong-guess@")), folder_.path());

  EXPECT_EQ(run.exit_code, 2) << run.err;
  EXPECT_EQ(run.out, "");
  EXPECT_EQ(std::ranges::count(run.err, '\n'), 1) << run.err;
  EXPECT_THAT(run.err, HasSubstr("password"));
  EXPECT_THAT(run.err, Not(HasSubstr("wrong-guess")));
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

TEST_F(RedisWithAPassword, TheRightOneIsInNoFileAndNoOutput) {
  std::vector<std::string> arguments = short_run(redis_.url(":" + secret + "@"));
  arguments.insert(arguments.end(), {"--set", "workers.kind=process", "--workers", "2"});

  const Finished run = run_queuemeter(arguments, folder_.path());

  EXPECT_THAT(run.exit_code, testing::AnyOf(0, 3)) << run.err;
  const std::string content = content_of(folder_.path());
  EXPECT_THAT(content, HasSubstr("queuemeter.result/1")) << "the folder was looked through";
  EXPECT_THAT(content, Not(HasSubstr(secret)));
  EXPECT_THAT(run.out + run.err, Not(HasSubstr(secret)));
}

}  // namespace
}  // namespace queuemeter::end_to_end
