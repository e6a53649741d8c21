// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call.hpp"
#include "harness/call/instant.hpp"
#include "harness/call/outcome.hpp"
#include "harness/measure/histogram.hpp"
#include "harness/measure/single_writer.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace queuemeter {

/// What one engine thread measured: a histogram for each phase and span, 4.1 MiB.
///
/// Single writer, read by snapshot: the thread it was made for records, any thread may read.
class Recorder {
 public:
  explicit Recorder(std::string name) : name_{std::move(name)} {}
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Records `to − from`. Nothing where an end was not observed; a negative span is a fault of a
  /// clock: counted, never recorded.
  void record(Phase phase, Span span, Instant from, Instant to) noexcept {
    if (!is_observed(from) || !is_observed(to)) {
      return;
    }
    if (to < from) [[unlikely]] {
      add_alone(negative_spans_);
      return;
    }
    histograms_[index_of(phase, span)].record(to - from);
  }

  [[nodiscard]] const Histogram& histogram(Phase phase, Span span) const noexcept {
    return histograms_[index_of(phase, span)];
  }
  [[nodiscard]] std::uint64_t negative_spans() const noexcept {
    return negative_spans_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  [[nodiscard]] static constexpr std::size_t index_of(Phase phase, Span span) noexcept {
    return static_cast<std::size_t>(phase) * span_count + static_cast<std::size_t>(span);
  }

  std::string name_;
  std::array<Histogram, phase_count * span_count> histograms_;
  std::atomic<std::uint64_t> negative_spans_{0};
};

/// The recorders of a run. They belong to engine threads, never to workers, and are few: a limit
/// of four for each core keeps memory and the cost of a merge independent of the scenario.
///
/// Thread-safe; the recorders live as long as this does.
class Recorders {
 public:
  Recorders();
  explicit Recorders(std::size_t limit) : limit_{limit} {}

  /// A recorder for one engine thread. Asking for more than `limit()` is a bug of the caller and
  /// ends the program with a sentence.
  [[nodiscard]] Recorder& add(std::string name);
  [[nodiscard]] std::size_t limit() const noexcept { return limit_; }
  [[nodiscard]] std::size_t size() const;

  /// The sum of all recorders as they are now.
  [[nodiscard]] Histogram merged(Phase phase, Span span) const;
  /// Makes `sum` that sum without allocating.
  void merge_into(Histogram& sum, Phase phase, Span span) const;
  [[nodiscard]] std::uint64_t negative_spans() const;

 private:
  const std::size_t limit_;
  mutable std::mutex mutex_;  // guards recorders_
  std::vector<std::unique_ptr<Recorder>> recorders_;
};

}  // namespace queuemeter
