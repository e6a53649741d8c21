// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call.hpp"
#include "harness/call/outcome.hpp"

#include <atomic>
#include <cstdint>

namespace queuemeter {

/// A call in flight: the call, what happened to it when, and who holds it.
///
/// Records are made once and reused. The one who holds the call writes the record; holding passes
/// from offerer to worker by `claim()`, and from worker to settler by the reply inbox.
///
/// Of its two cache lines the first one has what changes with every call: who has it, its instants
/// from the planned one on, and how it ended.
struct alignas(64) CallRecord {
  /// Where the call is. The stage and the sequence change together, in one atomic word, so that a
  /// second delivery of the same call, or a handle to a record that was reused, is recognised.
  /// `found` = the sweep took it out of the queue.
  enum class Stage : std::uint8_t { free, offered, working, found };

 private:
  std::atomic<std::uint64_t> state_{0};

 public:
  Instants at;

 private:
  std::atomic<bool> decided_{false};

 public:
  Outcome outcome = Outcome::completed;
  Reason reason = Reason::none;
  Call call;  // begins with `planned_at`

  /// Hands the call over to the queue or the backend. Pairs with the acquire in `claim()`.
  void publish(std::uint64_t sequence) noexcept {
    if (decided_.load(std::memory_order_relaxed)) {  // hardly ever, and a store moves the line
      decided_.store(false, std::memory_order_relaxed);
    }
    state_.store(pack(sequence, Stage::offered), std::memory_order_release);
  }
  /// Takes the call for work; false when it was taken before (a duplicate delivery).
  [[nodiscard]] bool claim(std::uint64_t sequence) noexcept {
    std::uint64_t expected = pack(sequence, Stage::offered);
    return state_.compare_exchange_strong(expected, pack(sequence, Stage::working),
                                          std::memory_order_acq_rel, std::memory_order_relaxed);
  }
  /// Whether the one who asks may settle the call: true for the first. Where a caller may give up
  /// on a call that is out, its offerer and the settler race for it.
  [[nodiscard]] bool decide() noexcept {
    return !decided_.exchange(true, std::memory_order_acq_rel);
  }
  /// The same where one thread alone takes calls from the queue: without an atomic exchange.
  [[nodiscard]] bool claim_alone(std::uint64_t sequence) noexcept {
    if (state_.load(std::memory_order_acquire) != pack(sequence, Stage::offered)) {
      return false;
    }
    state_.store(pack(sequence, Stage::working), std::memory_order_relaxed);
    return true;
  }
  void mark(std::uint64_t sequence, Stage stage) noexcept {
    state_.store(pack(sequence, stage), std::memory_order_release);
  }
  [[nodiscard]] Stage stage() const noexcept {
    return static_cast<Stage>(state_.load(std::memory_order_acquire) & 3U);
  }
  [[nodiscard]] std::uint64_t sequence() const noexcept {
    return state_.load(std::memory_order_acquire) >> 2U;
  }

 private:
  [[nodiscard]] static constexpr std::uint64_t pack(std::uint64_t sequence, Stage stage) noexcept {
    return (sequence << 2U) | static_cast<std::uint64_t>(stage);
  }
};
static_assert(sizeof(CallRecord) == 128);

/// What an in-process queue carries: 16 bytes, trivially copyable.
struct CallHandle {
  CallRecord* record = nullptr;
  std::uint64_t sequence = 0;  ///< of the call the record held when the handle was made
};
static_assert(sizeof(CallHandle) == 16);

}  // namespace queuemeter
