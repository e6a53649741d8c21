// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_record.hpp"
#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"
#include "harness/call/outcome.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace queuemeter {

/// How a child went about one delivery, as the parent reads it.
struct ProcessReport {
  std::uint64_t sequence = 0;
  std::uint32_t slot = 0;
  std::uint16_t retries = 0;
  Outcome outcome = Outcome::completed;
  Reason reason = Reason::none;
  bool went_by_queue = false;  ///< its reply went through the reply queue; the rest is a note
  std::uint16_t class_index = 0;
  std::uint32_t attempt = 1;  ///< of the queue to deliver the call
  Instant planned_at;
  Instant taken_at;
  Instant called_at;
  Instant replied_at;
  Instant at;  ///< when the child was done with it
};

/// Where a child is with the call in its hands. Written before and after each step, so that the
/// parent knows after a kill at any instruction what became of the call.
enum class ProcessStage : std::uint32_t {
  starting,  ///< has not opened its queue and backend
  failed,    ///< could not; `last_words` say why
  idle,      ///< no call in hand, as far as it could tell: a queue may have handed it one just now
  holding,   ///< took the journal's call, and has told nobody how it went
  replying,  ///< its reply is, or is about to be, in the reply queue
  replied,   ///< its reply is in the reply queue; the parent has not heard of it
  ended      ///< left of its own accord
};

/// One child's place on the board: a journal of the call in hand, counts, and a ring of reports.
///
/// The child writes all of it, except where the parent is named; the parent reads at any time. It
/// outlives the child. Plain stores are enough: one writer each, nothing waits for a lock that a
/// dead process could hold.
struct ProcessPlace {
  // The journal. The first three belong to the call in hand while the stage says that there is one.
  std::atomic<std::uint64_t> sequence{0};
  std::atomic<std::uint64_t> report_number{0};  ///< of the report that the call will get
  std::atomic<std::uint32_t> slot{0};
  std::atomic<ProcessStage> stage{ProcessStage::starting};

  // Totals over all lives of this child.
  std::atomic<std::uint64_t> taken{0};
  std::atomic<std::uint64_t> retried{0};
  std::atomic<std::int64_t> busy_nanoseconds{0};
  std::atomic<std::int64_t> busy_since{0};  ///< 0: idle. The parent ends it for the dead

  // The parent writes these before each start.
  std::atomic<std::uint32_t> life{0};  ///< how many times it has been started
  std::atomic<std::int64_t> started_at{0};

  std::array<char, 240> last_words{};

  /// The child's end of the ring; false when it is full.
  [[nodiscard]] bool has_room() const noexcept {
    return filled.load(std::memory_order_relaxed) - read.load(std::memory_order_acquire) <
           reports.size();
  }
  void push(const ProcessReport& report) noexcept {
    const std::uint64_t number = filled.load(std::memory_order_relaxed);
    reports[number % reports.size()] = report;
    // Sequentially consistent: either the parent sees the report before it sleeps, or the child
    // sees that it sleeps (`ProcessBoard::Head::parent_sleeps`).
    filled.store(number + 1, std::memory_order_seq_cst);
  }
  /// The parent's end; false when there is none.
  [[nodiscard]] bool pop(ProcessReport& report) noexcept {
    const std::uint64_t number = read.load(std::memory_order_relaxed);
    if (filled.load(std::memory_order_seq_cst) == number) {
      return false;
    }
    report = reports[number % reports.size()];
    read.store(number + 1, std::memory_order_release);
    return true;
  }

  alignas(128) std::atomic<std::uint64_t> filled{0};  ///< the child's
  alignas(128) std::atomic<std::uint64_t> read{0};    ///< the parent's
  std::array<ProcessReport, 128> reports{};
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free &&
              std::atomic<ProcessStage>::is_always_lock_free);

/// Memory that a crew and its children share: a place for each child, and the orders of all. It has
/// no name; children inherit its descriptor.
///
/// One object in the parent, one in each child.
class ProcessBoard {
 public:
  struct Head {
    std::uint64_t magic = 0;
    std::uint64_t children = 0;
    std::uint64_t order_bytes = 0;
    std::int64_t parent = 0;  ///< its process id
    std::atomic<std::uint32_t> stopping{0};
    std::atomic<std::uint32_t> parent_sleeps{0};
  };

  [[nodiscard]] static Result<ProcessBoard> create(std::size_t children,
                                                   std::span<const std::byte> orders);
  /// Maps a board that was inherited as `descriptor`.
  [[nodiscard]] static Result<ProcessBoard> open(int descriptor);
  ProcessBoard(ProcessBoard&& other) noexcept;
  ProcessBoard& operator=(ProcessBoard&& other) = delete;
  ~ProcessBoard();

  [[nodiscard]] Head& head() noexcept { return *head_; }
  [[nodiscard]] const Head& head() const noexcept { return *head_; }
  [[nodiscard]] std::span<ProcessPlace> places() const noexcept { return places_; }
  [[nodiscard]] std::span<const std::byte> orders() const noexcept { return orders_; }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  /// Tells all children to end, and wakes those that wait for it. Parent.
  void stop_children() noexcept;
  [[nodiscard]] bool is_stopping() const noexcept {
    return head_->stopping.load(std::memory_order_acquire) != 0;
  }
  /// Sleeps until `until` or until the children are to end. Child.
  void sleep_until(Instant until) const noexcept;

 private:
  ProcessBoard(int descriptor, std::span<std::byte> memory) noexcept;
  int descriptor_;
  std::span<std::byte> memory_;
  Head* head_ = nullptr;
  std::span<ProcessPlace> places_;
  std::span<const std::byte> orders_;
};

/// Leaves a sentence for the parent.
void leave_last_words(ProcessPlace& place, std::string_view words) noexcept;
[[nodiscard]] std::string_view last_words(const ProcessPlace& place) noexcept;

}  // namespace queuemeter
