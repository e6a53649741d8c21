// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/allocation_count.hpp"

namespace queuemeter {

namespace {

constinit thread_local std::atomic<std::uint64_t> allocations{0};
constinit std::atomic<bool> counted{false};

}  // namespace

std::atomic<std::uint64_t>& thread_allocation_counter() noexcept { return allocations; }

std::uint64_t thread_allocations() noexcept { return allocations.load(std::memory_order_relaxed); }

bool allocations_are_counted() noexcept { return counted.load(std::memory_order_relaxed); }

void say_that_allocations_are_counted() noexcept { counted.store(true, std::memory_order_relaxed); }

}  // namespace queuemeter
