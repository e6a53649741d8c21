// SPDX-License-Identifier: Apache-2.0
// Everything that people type which does not measure.
#include "tests/end_to_end/program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <unistd.h>
#include <vector>

namespace queuemeter::end_to_end {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::StartsWith;

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// One sentence on stderr, nothing on stdout, this exit code, nothing left behind.
void expect_refused(const std::vector<std::string>& arguments, int exit_code,
                    const std::string& part) {
  const TemporaryFolder folder;

  const Finished refused = run_queuemeter(arguments, folder.path());

  EXPECT_EQ(refused.exit_code, exit_code) << refused.err;
  EXPECT_EQ(refused.out, "");
  EXPECT_EQ(lines(refused.err), 1u) << refused.err;
  EXPECT_THAT(refused.err, StartsWith("queuemeter: "));
  EXPECT_THAT(refused.err, HasSubstr(part));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(CommandLineProgram, HelpAndVersionGoToStdout) {
  const Finished help = run_queuemeter({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, StartsWith("Usage: queuemeter"));
  EXPECT_EQ(help.err, "");

  const Finished version = run_queuemeter({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_THAT(version.out, StartsWith("queuemeter 0."));
  EXPECT_EQ(lines(version.out), 1u);
}

TEST(CommandLineProgram, MistakesAreOneSentenceAndExit2) {
  expect_refused({}, 2, "queuemeter run");
  expect_refused({"bench"}, 2, "bench");
  expect_refused({"capacity", "a.toml"}, 2, "not built yet");
  expect_refused({"run", "-c", "64"}, 2, "--callers N");
  expect_refused({"run", "--callers", "5", "--rate", "5/s"}, 2, "--rate");
  expect_refused({"run", "--rate", "-5/s"}, 2, "traffic.rate");
  expect_refused({"run", "--rate"}, 2, "needs a value");
  expect_refused({"run", "missing.toml"}, 2, "missing.toml");
  expect_refused({"run", "--rate", "5/s", "--out", "/dev/null/x"}, 2, "/dev/null/x");
  expect_refused({"run", "--quiet", "--queue", "no_such_queue"}, 2, "no_such_queue");
  expect_refused({"backend", "--pool", "0"}, 2, "--pool");
}

/// Who may write anywhere runs it as nobody, from where nobody can read it.
TEST(CommandLineProgram, AFolderThatMayOnlyBeReadIsOneSentenceAndExit2) {
  const TemporaryFolder programs;
  const TemporaryFolder read_only;
  std::string program = QUEUEMETER_BINARY;
  std::vector<std::string> words{"run", "--rate", "5/s", "--for", "1s", "--quiet"};
  if (::geteuid() == 0) {
    const std::string copy = programs.path() + "/queuemeter";
    fs::copy_file(program, copy);
    fs::permissions(programs.path(), fs::perms{0755});
    words.insert(words.begin(), {"--reuid=65534", "--regid=65534", "--clear-groups", "--", copy});
    program = "/usr/bin/setpriv";
  }
  fs::permissions(read_only.path(), fs::perms{0555});

  RunningProgram run{{.program = program, .arguments = words, .folder = read_only.path()}};
  const Finished refused = run.wait(seconds{60});

  EXPECT_EQ(refused.exit_code, 2) << refused.err;
  EXPECT_EQ(refused.out, "");
  EXPECT_EQ(lines(refused.err), 1U) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("queuemeter-runs"));
  EXPECT_TRUE(fs::is_empty(read_only.path()));
}

TEST(CommandLineProgram, QueuesListsTheCatalogueForPeopleAndPrograms) {
  const Finished text = run_queuemeter({"queues"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_THAT(text.out, HasSubstr("mutex_deque: "));

  const Finished json = run_queuemeter({"queues", "--json"});
  const auto document = nlohmann::json::parse(json.out);
  EXPECT_EQ(document.at("schema"), "queuemeter.queues/1");
  EXPECT_GE(document.at("queues").size(), 2u);
  for (const auto& queue : document.at("queues")) {
    EXPECT_THAT(text.out, HasSubstr(queue.at("name").get<std::string>() + ": "));
  }
}

TEST(CommandLineProgram, DoctorSaysWhetherThisMachineIsFit) {
  const Finished text = run_queuemeter({"doctor"});
  EXPECT_THAT(text.out, testing::ContainsRegex("^(FIT|NOT FIT)"));
  EXPECT_EQ(text.exit_code, text.out.starts_with("NOT FIT") ? 3 : 0) << text.out;

  const auto document = nlohmann::json::parse(run_queuemeter({"doctor", "--json"}).out);
  EXPECT_EQ(document.at("schema"), "queuemeter.doctor/1");
  EXPECT_GT(document.at("wake_up_p99_ns").get<std::int64_t>(), 0);
  EXPECT_FALSE(document.at("checks").empty());
}

TEST(CommandLineProgram, AResultThatCannotBePrintedIsAnError) {
  RunningProgram program{
      {.program = "sh", .arguments = {"-c", QUEUEMETER_BINARY " queues >/dev/full"}}};

  const Finished failed = program.wait(seconds{20});

  EXPECT_EQ(failed.exit_code, 3);
  EXPECT_THAT(failed.err, HasSubstr("stdout"));
}

TEST(BackendProgram, SaysWhereItListensAndStopsWhenAsked) {
  for (const int signal : {SIGINT, SIGTERM}) {
    RunningProgram backend{{.arguments = {"backend", "--pool", "2"}}};
    ASSERT_TRUE(backend.wait_for_output("\n", seconds{20}));
    EXPECT_THAT(backend.output(), StartsWith("queuemeter backend listens on http://127.0.0.1:"));

    backend.send(signal);
    const Finished stopped = backend.wait(seconds{20});

    EXPECT_FALSE(stopped.timed_out);
    EXPECT_EQ(stopped.exit_code, 0);
    EXPECT_EQ(stopped.err, "");
  }
}

TEST(BackendProgram, APortInUseIsExit4) {
  RunningProgram first{{.arguments = {"backend"}}};
  ASSERT_TRUE(first.wait_for_output("\n", seconds{20}));
  const std::string& line = first.output();
  const std::string port = line.substr(line.rfind(':') + 1, line.find('\n') - line.rfind(':') - 1);

  expect_refused({"backend", "--port", port}, 4, port);
}

}  // namespace
}  // namespace queuemeter::end_to_end
