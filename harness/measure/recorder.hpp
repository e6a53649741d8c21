// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call.hpp"
#include "harness/call/instant.hpp"
#include "harness/call/outcome.hpp"
#include "harness/measure/histogram.hpp"

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
    if (!is_observed(from)) {
      return;
    }
    // Without a sign, one comparison finds all that is not a sample: an unobserved end and a
    // negative span are longer than any.
    const std::uint64_t length = bits(to) - bits(from);
    if (length <= bits(Histogram::highest_trackable)) [[likely]] {
      histograms_[index_of(phase, span)].record(Duration{static_cast<Duration::rep>(length)});
    } else if (is_observed(to)) {
      record_no_sample(phase, span, from, to);
    }
  }

  /// The caller's answer is the result itself, which is recorded as the completion: the two are
  /// one histogram. Before anything is recorded or read.
  void answer_with_completion() noexcept { answer_ = Span::completion; }

  [[nodiscard]] const Histogram& histogram(Phase phase, Span span) const noexcept {
    return histograms_[index_of(phase, span == Span::answer ? answer_ : span)];
  }
  [[nodiscard]] std::uint64_t negative_spans() const noexcept {
    return negative_spans_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  [[nodiscard]] static constexpr std::size_t index_of(Phase phase, Span span) noexcept {
    return static_cast<std::size_t>(phase) * span_count + static_cast<std::size_t>(span);
  }

  [[nodiscard]] static constexpr std::uint64_t bits(Instant at) noexcept {
    return static_cast<std::uint64_t>(to_nanoseconds(at));
  }
  [[nodiscard]] static constexpr std::uint64_t bits(Duration span) noexcept {
    return static_cast<std::uint64_t>(span.count());
  }
  /// Longer than a histogram goes, or a fault of a clock.
  [[gnu::cold]] void record_no_sample(Phase phase, Span span, Instant from, Instant to) noexcept;

  std::string name_;
  Span answer_ = Span::answer;
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
