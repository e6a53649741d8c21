// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

namespace queuemeter {

/// How many calls each of several parties (callers, consumers) got.
struct CallSpread {
  std::uint64_t count = 0;  ///< parties
  std::uint64_t min = 0;    ///< calls of the one with fewest
  std::uint64_t max = 0;    ///< calls of the one with most
  double mean = 0.0;        ///< calls per party
  /// Jain's index, (Σx)² ÷ (n·Σx²): 1 when all got the same, 1/n when one got everything.
  /// Source: Jain, Chiu, Hawe, DEC Research Report TR-301 (1984).
  double jain = 1.0;
  friend bool operator==(const CallSpread&, const CallSpread&) = default;
};

/// Adds up the calls of one party after the other, without keeping them. One thread.
class CallSpreadTally {
 public:
  void add(std::uint64_t calls) noexcept;
  /// Nothing while fewer than two parties were added: there is nobody to compare.
  [[nodiscard]] std::optional<CallSpread> spread() const noexcept;

 private:
  std::uint64_t count_ = 0;
  std::uint64_t min_ = 0;
  std::uint64_t max_ = 0;
  double sum_ = 0.0;
  double sum_of_squares_ = 0.0;
};

}  // namespace queuemeter
