// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/allocation_count.hpp"

#include "harness/measure/ledger.hpp"
#include "harness/measure/recorder.hpp"
#include "harness/measure/roles.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <new>
#include <thread>
#include <vector>

namespace queuemeter {
namespace {

/// Kept out of the optimiser's sight, so that an allocation is not left out.
template <class T>
void keep(T* pointer) {
  asm volatile("" : : "g"(pointer) : "memory");
}

TEST(AllocationCount, IsSaidToBeAtWork) { EXPECT_TRUE(allocations_are_counted()); }

TEST(AllocationCount, CountsEveryFormOfNew) {
  struct alignas(128) Wide {
    char bytes[128];
  };
  const std::uint64_t before = thread_allocations();

  const auto plain = std::make_unique<int>(1);
  keep(plain.get());
  const auto array = std::make_unique<int[]>(100);
  keep(array.get());
  const auto wide = std::make_unique<Wide>();
  keep(wide.get());
  const std::unique_ptr<int> nothrow{new (std::nothrow) int{1}};
  keep(nothrow.get());

  EXPECT_EQ(thread_allocations() - before, 4U);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(wide.get()) % 128, 0U);
}

TEST(AllocationCount, ThreadsAreCountedApart) {
  std::uint64_t others = 0;
  const std::uint64_t before = thread_allocations();
  std::uint64_t of_thread = 0;
  {
    const std::jthread thread{[&] {
      const std::uint64_t start = thread_allocations();
      for (int n = 0; n < 1000; ++n) {
        const auto memory = std::make_unique<int>(n);
        keep(memory.get());
      }
      of_thread = thread_allocations() - start;
    }};
    others = thread_allocations() - before;
  }

  EXPECT_EQ(of_thread, 1000U);
  EXPECT_LT(others, 10U);
}

TEST(AllocationCount, ShortMemoryIsReportedByTheUsualException) {
  const std::size_t too_much = static_cast<std::size_t>(PTRDIFF_MAX) / 2;

  EXPECT_THROW(keep(std::make_unique<char[]>(too_much).get()), std::bad_alloc);
}

TEST(AllocationCount, RecordingAllocatesNothing) {
  Recorder recorder{"offerer"};
  const std::uint64_t before = thread_allocations();

  for (int n = 0; n < 100'000; ++n) {
    recorder.record(Phase::measure, Span::completion, Instant{}, Instant{Duration{n * 1000}});
  }

  EXPECT_EQ(thread_allocations(), before);
}

TEST(AllocationCount, SettlingAndMergingAllocateNothingAfterWarmUp) {
  Ledger ledger;
  Ledger::Planner& planner = ledger.add_planner();
  Ledger::Settler& settler = ledger.add_settler();
  std::uint64_t sequence = 0;
  const auto run = [&](int ticks) {
    for (int tick = 0; tick < ticks; ++tick) {
      for (int n = 0; n < 10'000; ++n) {
        planner.planned(Phase::measure);
        settler.settle(sequence++, Phase::measure, Outcome::completed, Reason::none);
      }
      (void)ledger.merge();
    }
  };
  run(10);
  const std::uint64_t before = thread_allocations();

  run(100);

  EXPECT_EQ(thread_allocations(), before);
}

TEST(AllocationCount, ARegistryTellsWhatItsThreadsAllocated) {
  RoleRegistry registry;
  {
    const std::jthread thread{[&] {
      const Enrolment enrolment = registry.enroll("worker");
      for (int n = 0; n < 500; ++n) {
        const auto memory = std::make_unique<int>(n);
        keep(memory.get());
      }
    }};
  }

  const std::uint64_t allocations = registry.read().at(0).allocations;
  EXPECT_GE(allocations, 500U);
  EXPECT_LT(allocations, 600U);
}

}  // namespace
}  // namespace queuemeter
