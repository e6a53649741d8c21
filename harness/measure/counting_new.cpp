// SPDX-License-Identifier: Apache-2.0
// Replaces operator new and delete of the whole program by ones that count. The array and nothrow
// forms of the standard library call these. Sanitizers bring their own operator new, which finds
// errors that this one would hide, so under them nothing is replaced and nothing is counted.
#include "harness/measure/allocation_count.hpp"
#include "harness/measure/single_writer.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define QUEUEMETER_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define QUEUEMETER_SANITIZED 1
#endif
#endif

#ifndef QUEUEMETER_SANITIZED

namespace {

void count_one() noexcept { queuemeter::add_alone(queuemeter::thread_allocation_counter()); }

/// What operator new must do when memory is short: ask the new-handler for more, then give up.
void* insist(void* (*take)(std::size_t, std::size_t), std::size_t size, std::size_t alignment) {
  count_one();
  for (;;) {
    if (void* const memory = take(size == 0 ? 1 : size, alignment); memory != nullptr) {
      return memory;
    }
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) {
      throw std::bad_alloc{};
    }
    handler();
  }
}

void* take_plain(std::size_t size, std::size_t /*alignment*/) { return std::malloc(size); }

void* take_aligned(std::size_t size, std::size_t alignment) {
  void* memory = nullptr;
  return posix_memalign(&memory, alignment, size) == 0 ? memory : nullptr;
}

[[maybe_unused]] const bool said = [] {
  queuemeter::say_that_allocations_are_counted();
  return true;
}();

}  // namespace

void* operator new(std::size_t size) { return insist(take_plain, size, 0); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return insist(take_aligned, size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t /*alignment*/) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept {
  std::free(memory);
}

#endif
