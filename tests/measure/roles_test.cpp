// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/roles.hpp"

#include "harness/call/clock.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <thread>

namespace queuemeter {
namespace {

using std::chrono::milliseconds;

ThreadUsage usage_of(const std::string& role, std::uint64_t cpu_ns, std::uint64_t delay_ns) {
  ThreadUsage usage;
  usage.role = role;
  usage.cpu_ns = cpu_ns;
  usage.run_queue_delay_ns = delay_ns;
  usage.voluntary_switches = 3;
  usage.involuntary_switches = 2;
  usage.allocations = 5;
  return usage;
}

void burn(Duration cpu) {
  timespec start{};
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
  do {
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  } while (std::chrono::seconds{now.tv_sec - start.tv_sec} + Duration{now.tv_nsec - start.tv_nsec} <
           cpu);
}

TEST(RoleRegistry, AThreadThatBurnedCpuIsChargedForItAndAnIdleOneIsNot) {
  RoleRegistry registry;
  std::latch ready{3};
  std::latch done{1};
  std::jthread idle{[&] {
    const Enrolment enrolment = registry.enroll("worker");
    ready.count_down();
    done.wait();
  }};
  std::jthread busy{[&] {
    const Enrolment enrolment = registry.enroll("offerer");
    burn(milliseconds{60});
    ready.count_down();
    done.wait();
  }};
  ready.arrive_and_wait();

  const std::vector<ThreadUsage> usages = registry.read();
  done.count_down();

  ASSERT_EQ(usages.size(), 2U);
  for (const ThreadUsage& usage : usages) {
    EXPECT_GT(usage.tid, 0);
    if (usage.role == "offerer") {
      EXPECT_GE(usage.cpu_ns, 55'000'000U);
    } else {
      EXPECT_LT(usage.cpu_ns, 30'000'000U);
    }
  }
}

TEST(RoleRegistry, WhatAThreadUsedIsRememberedAfterItsEnd) {
  RoleRegistry registry;
  {
    const std::jthread thread{[&] {
      const Enrolment enrolment = registry.enroll("offerer");
      burn(milliseconds{20});
    }};
  }

  const std::vector<ThreadUsage> usages = registry.read();

  ASSERT_EQ(usages.size(), 1U);
  EXPECT_EQ(usages[0].role, "offerer");
  EXPECT_GE(usages[0].cpu_ns, 18'000'000U);
}

TEST(RoleRegistry, WhatAThreadUsedBeforeItEnrolledIsNotItsRoles) {
  RoleRegistry registry;
  burn(milliseconds{60});

  const Enrolment enrolment = registry.enroll("conductor");

  EXPECT_LT(registry.read().at(0).cpu_ns, 30'000'000U);
}

TEST(RoleRegistry, AnEnrolmentThatMovesLeavesOnce) {
  RoleRegistry registry;
  {
    Enrolment first = registry.enroll("conductor");
    const Enrolment second = std::move(first);
  }

  EXPECT_EQ(registry.read().size(), 1U);
}

TEST(RoleRegistry, CanBeReadWhileThreadsComeAndGo) {
  RoleRegistry registry;
  std::vector<std::jthread> threads;
  threads.reserve(8);
  for (int n = 0; n < 8; ++n) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        const Enrolment enrolment = registry.enroll("worker");
      }
    });
  }
  std::size_t seen = 0;
  while (seen < 160) {
    const std::size_t size = registry.read().size();
    ASSERT_GE(size, seen);
    seen = size;
  }
  EXPECT_EQ(seen, 160U);
}

TEST(RoleCost, AddsThreadsOfARoleAndKeepsTheBusiest) {
  const std::vector<ThreadUsage> before{usage_of("worker", 100, 0)};
  const std::vector<ThreadUsage> after{usage_of("worker", 500'000'100, 10'000'000),
                                       usage_of("offerer", 250'000'000, 0),
                                       usage_of("worker", 900'000'000, 5'000'000)};

  const std::vector<RoleUsage> roles = role_cost(before, after, std::chrono::seconds{1});

  ASSERT_EQ(roles.size(), 2U);
  EXPECT_EQ(roles[0].role, "worker");
  EXPECT_EQ(roles[0].threads, 2U);
  EXPECT_DOUBLE_EQ(roles[0].cpu_seconds, 1.4);
  EXPECT_DOUBLE_EQ(roles[0].busiest_thread_cpu, 0.9);
  EXPECT_DOUBLE_EQ(roles[0].run_queue_delay_seconds, 0.015);
  EXPECT_DOUBLE_EQ(roles[0].busiest_thread_delay, 0.01);
  EXPECT_EQ(roles[0].voluntary_switches, 3U);
  EXPECT_EQ(roles[0].involuntary_switches, 2U);
  EXPECT_EQ(roles[0].allocations, 5U);
  EXPECT_EQ(roles[1].role, "offerer");
  EXPECT_DOUBLE_EQ(roles[1].busiest_thread_cpu, 0.25);
}

TEST(ProcessUsage, CpuGrowsWithWorkAndMemoryIsPlausible) {
  const ProcessUsage before = process_usage();
  burn(milliseconds{30});
  const ProcessUsage after = process_usage();

  EXPECT_GE(after.cpu_seconds - before.cpu_seconds, 0.02);
  EXPECT_GT(after.max_rss_bytes, 1'000'000U);
}

}  // namespace
}  // namespace queuemeter
