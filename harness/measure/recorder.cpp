// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/recorder.hpp"

#include "harness/measure/single_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

namespace queuemeter {

void Recorder::record_no_sample(Phase phase, Span span, Instant from, Instant to) noexcept {
  if (to < from) {
    add_alone(negative_spans_);
  } else {
    histograms_[index_of(phase, span)].record(to - from);
  }
}

Recorders::Recorders()
    : Recorders{4 * std::max<std::size_t>(1, std::thread::hardware_concurrency())} {}

Recorder& Recorders::add(std::string name) {
  const std::scoped_lock lock{mutex_};
  if (recorders_.size() >= limit_) {
    fmt::print(stderr,
               "queuemeter: bug: recorder {} for {} is beyond the limit of {}; recorders belong to "
               "engine threads, not to workers\n",
               recorders_.size() + 1, name, limit_);
    std::abort();
  }
  return *recorders_.emplace_back(std::make_unique<Recorder>(std::move(name)));
}

std::size_t Recorders::size() const {
  const std::scoped_lock lock{mutex_};
  return recorders_.size();
}

Histogram Recorders::merged(Phase phase, Span span) const {
  Histogram sum;
  merge_into(sum, phase, span);
  return sum;
}

void Recorders::merge_into(Histogram& sum, Phase phase, Span span) const {
  const std::scoped_lock lock{mutex_};
  sum.reset();
  for (const std::unique_ptr<Recorder>& recorder : recorders_) {
    sum.add(recorder->histogram(phase, span));
  }
}

std::uint64_t Recorders::negative_spans() const {
  const std::scoped_lock lock{mutex_};
  std::uint64_t sum = 0;
  for (const std::unique_ptr<Recorder>& recorder : recorders_) {
    sum += recorder->negative_spans();
  }
  return sum;
}

}  // namespace queuemeter
