// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <new>

namespace queuemeter {

/// Memory for the completion handlers of one Asio object, so that starting an operation never
/// allocates. Asio's own recycling works only inside `run()`, and lasts only as long as it.
///
/// `slots` handlers can be pending at once; more, or larger ones, fall back to the heap. One
/// thread.
template <std::size_t slot_bytes, std::size_t slots>
class HandlerSlots {
 public:
  HandlerSlots() = default;
  HandlerSlots(const HandlerSlots&) = delete;
  HandlerSlots& operator=(const HandlerSlots&) = delete;

  [[nodiscard]] void* allocate(std::size_t bytes) {
    if (bytes <= slot_bytes) {
      for (Slot& slot : slots_) {
        if (!slot.used) {
          slot.used = true;
          return slot.bytes;
        }
      }
    }
    return ::operator new(bytes);
  }
  void deallocate(void* memory) noexcept {
    for (Slot& slot : slots_) {
      if (memory == slot.bytes) {
        slot.used = false;
        return;
      }
    }
    ::operator delete(memory);
  }

  /// What `boost::asio::bind_allocator` takes. Copies share the memory.
  template <class T>
  class Allocator {
   public:
    using value_type = T;
    explicit Allocator(HandlerSlots& memory) noexcept : memory_{&memory} {}
    template <class U>
    Allocator(const Allocator<U>& other) noexcept : memory_{other.memory_} {}  // NOLINT

    [[nodiscard]] T* allocate(std::size_t count) {
      return static_cast<T*>(memory_->allocate(count * sizeof(T)));
    }
    void deallocate(T* memory, std::size_t) noexcept { memory_->deallocate(memory); }
    template <class U>
    bool operator==(const Allocator<U>& other) const noexcept {
      return memory_ == other.memory_;
    }

   private:
    template <class U>
    friend class Allocator;
    HandlerSlots* memory_;
  };
  [[nodiscard]] Allocator<std::byte> allocator() noexcept { return Allocator<std::byte>{*this}; }

 private:
  struct Slot {
    alignas(std::max_align_t) std::byte bytes[slot_bytes];
    bool used = false;
  };
  Slot slots_[slots];
};

/// Room for a read and a write.
using HandlerMemory = HandlerSlots<512, 2>;

}  // namespace queuemeter
