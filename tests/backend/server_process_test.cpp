// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/server_process.hpp"

#include "harness/backend/backend_command_line.hpp"
#include "harness/call/clock.hpp"
#include "tests/backend/blocking_caller.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <signal.h>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace queuemeter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

std::unique_ptr<ServerProcess> start(const BackendServerSettings& settings) {
  return ServerProcess::start(backend_command_line(SERVER_PROCESS_CHILD, settings), seconds{10})
      .value();
}

std::uint16_t port_of(const ServerProcess& process) {
  const std::string& url = process.url();
  return static_cast<std::uint16_t>(std::atoi(url.c_str() + url.rfind(':') + 1));
}

/// The process exists and is not merely waiting to be reaped by its parent.
bool is_alive(int process_id) {
  std::ifstream status{"/proc/" + std::to_string(process_id) + "/stat"};
  std::string number;
  std::string name;
  char state = 'X';
  return static_cast<bool>(status >> number >> name >> state) && state != 'Z' && state != 'X';
}

TEST(ServerProcess, RunsABackendWithItsSettingsAndEndsIt) {
  int process_id = 0;
  {
    const auto process = start({.model = {.service_time = Distribution::constant(milliseconds{1}),
                                          .error_rate = 1.0,
                                          .concurrency = 3,
                                          .queue = 5}});
    process_id = process->process_id();
    BlockingCaller caller{port_of(*process)};

    EXPECT_EQ(status_of(caller.get("/")), 500);
    EXPECT_EQ(stats_of(port_of(*process)).account.slots, 3u);
    EXPECT_TRUE(is_alive(process_id));
    EXPECT_NE(::getpgid(process_id), ::getpgrp())
        << "an interrupt from the terminal would reach it";
  }
  EXPECT_EQ(::kill(process_id, 0), -1) << "not reaped";
}

TEST(ServerProcess, AFrozenBackendStillTakesConnectionsAndServesThemAfterTheThaw) {
  const auto process = start(
      {.model = {.service_time = Distribution::constant(milliseconds{1}), .concurrency = 64}});
  const MonotonicClock clock;
  process->freeze();
  const Instant frozen_at = clock.now();

  // Nobody accepts now, so all of these stand in the kernel's line: 5 places would not do.
  std::vector<BlockingCaller> callers;
  for (int i = 0; i < 200; ++i) {
    callers.emplace_back(port_of(*process));
    ASSERT_TRUE(callers.back().is_connected());
    callers.back().send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
  }
  EXPECT_LT(clock.now() - frozen_at, milliseconds{900})
      << "a dropped handshake is repeated after 1 s";
  process->thaw();

  for (BlockingCaller& caller : callers) {
    EXPECT_EQ(status_of(caller.receive()), 200);
  }
  EXPECT_EQ(stats_of(port_of(*process)).account.served, 200u);
}

TEST(ServerProcess, AFrozenOrDeafChildIsEndedToo) {
  auto frozen = start({});
  const int frozen_id = frozen->process_id();
  frozen->freeze();
  auto deaf = start({.host = "deaf"});
  const int deaf_id = deaf->process_id();
  const MonotonicClock clock;
  const Instant begun_at = clock.now();

  frozen.reset();
  deaf.reset();

  EXPECT_LT(clock.now() - begun_at, seconds{3});
  EXPECT_EQ(::kill(frozen_id, 0), -1);
  EXPECT_EQ(::kill(deaf_id, 0), -1);
}

TEST(ServerProcess, AChildThatFailsIsReportedWithItsLastWords) {
  const auto process = ServerProcess::start(
      backend_command_line(SERVER_PROCESS_CHILD, {.host = "fails"}), seconds{10});

  ASSERT_FALSE(process);
  EXPECT_EQ(process.error().kind, Error::Kind::unavailable);
  EXPECT_THAT(process.error().what, HasSubstr("the port is taken by a cat"));
}

TEST(ServerProcess, AProgramThatDoesNotExistIsReported) {
  const auto process =
      ServerProcess::start(backend_command_line("/no/such/program", {}), seconds{10});

  ASSERT_FALSE(process);
  EXPECT_THAT(process.error().what, HasSubstr("/no/such/program"));
  EXPECT_THAT(process.error().what, HasSubstr("No such file"));
}

TEST(ServerProcess, PatienceWithASilentChildEnds) {
  const MonotonicClock clock;
  const Instant begun_at = clock.now();

  const auto process = ServerProcess::start(
      backend_command_line(SERVER_PROCESS_CHILD, {.host = "silent"}), milliseconds{200});

  ASSERT_FALSE(process);
  EXPECT_GE(clock.now() - begun_at, milliseconds{200});
  EXPECT_LT(clock.now() - begun_at, seconds{3});
}

TEST(ServerProcess, IsPassedADescriptorAndNoOther) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const auto process = ServerProcess::start(
      backend_command_line(SERVER_PROCESS_CHILD, {.host = "writes"}), seconds{10}, ends[1]);
  ASSERT_TRUE(process) << process.error().what;
  ::close(ends[1]);

  char word[8] = {};
  EXPECT_EQ(::read(ends[0], word, sizeof word), 4);
  EXPECT_STREQ(word, "here");
  ::close(ends[0]);
}

TEST(ServerProcess, DiesWithItsParent) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    const auto process = start({});
    const int process_id = process->process_id();
    const ssize_t written = ::write(ends[1], &process_id, sizeof process_id);
    ::_exit(written == sizeof process_id ? 0 : 1);  // without any destructor
  }
  int process_id = 0;
  ASSERT_EQ(::read(ends[0], &process_id, sizeof process_id), ssize_t{sizeof process_id});
  ::waitpid(parent, nullptr, 0);

  const MonotonicClock clock;
  const Instant gives_up_at = clock.now() + seconds{5};
  while (is_alive(process_id) && clock.now() < gives_up_at) {
    std::this_thread::sleep_for(milliseconds{2});
  }

  EXPECT_FALSE(is_alive(process_id));
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace queuemeter
