// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/draw.hpp"
#include "harness/call/instant.hpp"
#include "harness/traffic/rate_profile.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace queuemeter {

/// How calls of an open loop follow each other at a given rate.
enum class ArrivalProcess : std::uint8_t { constant, poisson, replay };

/// Instants at which calls arrived once, counted from the first one, in order.
using RecordedArrivals = std::shared_ptr<const std::vector<Duration>>;

/// The plan of an open-loop run: when call number n is due.
///
/// A function of (process, profile, seed, class, n) alone. It does not wait, does not look at a
/// clock and does not know whether earlier calls finished, so it cannot be slowed by the system
/// under test, and it is the same on any number of threads.
/// Immutable: safe from any thread.
class ArrivalPlan {
 public:
  ArrivalPlan(ArrivalProcess process, RateProfile profile, std::uint64_t seed,
              std::uint16_t class_index = 0)
      : process_{process},
        profile_{std::move(profile)},
        draws_{seed, DrawUse::arrival, class_index} {}
  /// The arrivals of the past once more; at least one.
  explicit ArrivalPlan(RecordedArrivals recorded);

  [[nodiscard]] const RateProfile& profile() const noexcept { return profile_; }
  [[nodiscard]] ArrivalProcess process() const noexcept { return process_; }

 private:
  friend class ArrivalStream;
  ArrivalProcess process_;
  RateProfile profile_;
  KeyedDraws draws_;
  RecordedArrivals recorded_;  // replay only
};

/// Reads a plan from its beginning: all calls, or every `stride`-th from `first` on, which is one
/// offerer's share. One thread; the plan must outlive it.
///
/// Poisson arrivals come in blocks of 4,096 with unit rate. A block's gaps are keyed by (seed,
/// class, number) and summed from the block's own beginning; blocks are joined by the sum of their
/// lengths. So rounding does not depend on who reads which calls.
class ArrivalStream {
 public:
  explicit ArrivalStream(const ArrivalPlan& plan, std::uint64_t first = 0,
                         std::uint64_t stride = 1);

  /// The number of the next call, and when it is due, counted from the plan's beginning.
  [[nodiscard]] std::uint64_t sequence() const noexcept { return sequence_; }
  [[nodiscard]] Duration due() const noexcept { return due_; }
  /// The same on the time line of a process with rate 1: the number of calls due before, in the
  /// mean. Differences of it are what arrival tests look at.
  [[nodiscard]] double unit_time() const noexcept { return unit_time_; }

  /// Moves on to the next call of this share. After the last one of a replay the next is due in a
  /// hundred years.
  void advance();

 private:
  static constexpr std::uint64_t block_calls = 4096;

  void advance_one() noexcept;
  void find_due() noexcept;

  const ArrivalPlan& plan_;
  std::uint64_t stride_;
  std::uint64_t sequence_ = 0;
  double block_begins_ = 0.0;  // unit time, sum of the lengths of all blocks before
  double since_block_ = 0.0;   // unit time of the current call since its block began
  double unit_time_ = 0.0;
  UniformPair pair_;  // two gaps come from one draw
  Duration due_{0};
};

/// When the `calls`-th arrival from `from` on is due: a run of so many calls ends just after it.
/// Reads the plan up to there; about 20 ns for each arrival. A replay may have fewer.
[[nodiscard]] Duration due_after_calls(const ArrivalPlan& plan, Duration from, std::uint64_t calls);

}  // namespace queuemeter
