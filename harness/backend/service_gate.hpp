// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/backend/slot_account.hpp"
#include "harness/call/instant.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace queuemeter {

/// N slots that work first come first served, and a bounded room to wait for one: what php-fpm's
/// process pool is to a web server.
///
/// A slot passes from one call to the next at the instant at which the first one ended, not when
/// the next one's thread got the processor; so the slots are busy without a gap under load and
/// the rate is slots ÷ measured service time, whatever the scheduler does. Thread-safe.
class ServiceGate {
 public:
  ServiceGate(std::size_t slots, std::size_t queue);
  ServiceGate(const ServiceGate&) = delete;
  ServiceGate& operator=(const ServiceGate&) = delete;

  enum class Entry : std::uint8_t {
    granted,
    refused,  ///< the waiting room is full
    stopped
  };
  struct Grant {
    Entry entry = Entry::stopped;
    Instant started_at = unobserved;  ///< the slot's work begins here, CLOCK_MONOTONIC
  };

  /// Waits for a slot, behind everybody who came before.
  [[nodiscard]] Grant enter();
  /// Works, which means sleeps, until `at`; false when the gate was stopped before.
  [[nodiscard]] bool work_until(Instant at);
  /// Works by keeping the processor busy for so much CPU time of this thread; false likewise, which
  /// is noticed within a millisecond.
  [[nodiscard]] bool burn(Duration cpu) const noexcept;
  /// Ends the work that a grant began; the slot goes to who has waited longest.
  void leave(const Grant& grant, const SlotWork& work, Instant ended_at);
  /// The work of a grant has begun to hang.
  void count_hung();
  /// Sends everybody away, now and from now on. Idempotent.
  void stop();

  struct Numbers {
    BackendAccount account;
    std::size_t waiting = 0;
    std::size_t peak_waiting = 0;
  };
  [[nodiscard]] Numbers numbers(Instant now);

 private:
  struct Waiter {
    std::condition_variable called;
    Waiter* next = nullptr;
    Grant grant;
    bool is_called = false;
  };

  std::atomic<bool> burning_ends_{false};  // set by `stop`, looked at while burning
  std::mutex mutex_;                       // guards everything below
  std::condition_variable stopped_;        // signalled by `stop`
  bool is_stopped_ = false;
  const std::size_t queue_;
  std::size_t free_slots_;
  Waiter* first_waiter_ = nullptr;  // on the stacks of the waiting threads
  Waiter* last_waiter_ = nullptr;
  std::size_t waiting_ = 0;
  std::size_t peak_waiting_ = 0;
  SlotAccount account_;
};

}  // namespace queuemeter
