// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_record.hpp"
#include "harness/call/instant.hpp"
#include "harness/measure/ledger.hpp"
#include "harness/measure/little.hpp"
#include "harness/measure/recorder.hpp"
#include "harness/path/run_window.hpp"

#include <atomic>
#include <cstdint>

namespace queuemeter {

/// Settles calls: the one place where an outcome reaches the ledger and spans reach a recorder.
///
/// One per engine thread that settles (offerers and the settler); one thread, except the counters
/// that say so.
class alignas(128) Settlement {
 public:
  /// What a caller takes for its first answer: the queue's acceptance, or the result itself.
  enum class AnswerIs { acceptance, result };
  /// Which spans of a completed call are recorded: saturation claims no others than these two;
  /// behind a front end nobody sees a call leave for the backend unless he saw it taken.
  enum class Detail { every_span, completion_and_queueing, behind_a_front };

  Settlement(const RunWindow& window, AnswerIs answer, Ledger::Settler& ledger, Recorder& recorder,
             Detail detail = Detail::every_span)
      : window_{window},
        answer_{answer},
        detail_{detail},
        ledger_{ledger},
        recorder_{recorder},
        flow_{window.measure_from, window.measure_to} {
    if (answer == AnswerIs::result) {
      recorder.answer_with_completion();
    }
  }
  Settlement(const Settlement&) = delete;
  Settlement& operator=(const Settlement&) = delete;

  [[nodiscard]] Detail detail() const noexcept { return detail_; }

  /// A call was offered: its lateness counts whatever becomes of it.
  void offered(Instant planned_at, Instant offered_at) noexcept;
  /// The queue took it.
  void accepted(Instant planned_at, Instant offered_at, Instant accepted_at) noexcept;

  /// Settles the call as its record says. `now` is when it left the system.
  [[gnu::flatten]] void settle(const CallRecord& record, Instant now) noexcept;

  // Side counts, of calls that are counted elsewhere. Where the call itself is out of reach, the
  // moment at which it was seen gives the phase.
  /// The reply of a call came back that was settled before, because its caller had left.
  void wasted(const CallRecord& record) noexcept;
  /// The same of a call whose record is used again.
  void wasted(Instant planned_at) noexcept { ledger_.wasted(window_.phase_of(planned_at)); }
  /// The reply of a call came back that had been settled here as unknown or rejected: it counts
  /// after all.
  void correct(const CallRecord& record, Instant now) noexcept;

  /// A further delivery or reply of a call that is already counted.
  void duplicated(Instant seen_at) noexcept { ledger_.duplicated(window_.phase_of(seen_at), 1); }
  /// The queue delivered calls again that nobody had acknowledged in time.
  void redelivered(Instant seen_at, std::uint64_t times) noexcept {
    ledger_.redelivered(window_.phase_of(seen_at), times);
  }
  /// A consumer took a call after a later one of the same producer.
  void reordered(Instant planned_at) noexcept {
    ledger_.reordered(window_.phase_of(planned_at), 1);
  }
  /// A worker tried a call again, so many times.
  void retried(Instant planned_at, std::uint64_t times) noexcept {
    ledger_.retried(window_.phase_of(planned_at), times);
  }

  /// Measured calls that completed inside the window, whenever they were planned. Any thread.
  [[nodiscard]] std::uint64_t completed_in_window() const noexcept {
    return completed_in_window_.load(std::memory_order_relaxed);
  }
  /// Of those, not late. Any thread.
  [[nodiscard]] std::uint64_t goodput_in_window() const noexcept {
    return goodput_in_window_.load(std::memory_order_relaxed);
  }
  /// Worst lateness since the last call of this function. One reading thread.
  [[nodiscard]] Duration take_worst_lateness() noexcept {
    return Duration{worst_lateness_.exchange(0, std::memory_order_relaxed)};
  }
  /// Where it settles and records; both may be read from any thread.
  [[nodiscard]] const Ledger::Settler& ledger() const noexcept { return ledger_; }
  [[nodiscard]] const Recorder& recorder() const noexcept { return recorder_; }
  /// Readable when the settling thread has ended.
  [[nodiscard]] const FlowIntegral& flow() const noexcept { return flow_; }
  [[nodiscard]] FlowIntegral& flow() noexcept { return flow_; }

 private:
  void count_completed(Instant done, bool late) noexcept;
  void record_completed(const CallRecord& record, Phase phase, Instant result) noexcept;

  RunWindow window_;
  AnswerIs answer_;
  Detail detail_;
  Ledger::Settler& ledger_;
  Recorder& recorder_;
  FlowIntegral flow_;
  std::atomic<std::uint64_t> completed_in_window_{0};
  std::atomic<std::uint64_t> goodput_in_window_{0};
  std::atomic<Duration::rep> worst_lateness_{0};
};

}  // namespace queuemeter
