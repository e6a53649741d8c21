// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

namespace queuemeter {

/// How often the calling thread has called operator new since it started; 0 where allocations are
/// not counted. Memory taken with malloc by C libraries is not seen.
[[nodiscard]] std::uint64_t thread_allocations() noexcept;

/// Whether this program counts: it links `queuemeter::allocation_count`, and no sanitizer needs
/// operator new for itself.
[[nodiscard]] bool allocations_are_counted() noexcept;

/// The calling thread's counter, for others to read while the thread lives. Single writer.
[[nodiscard]] std::atomic<std::uint64_t>& thread_allocation_counter() noexcept;

/// Said once by the counting operator new when it is linked.
void say_that_allocations_are_counted() noexcept;

}  // namespace queuemeter
