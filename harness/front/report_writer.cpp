// SPDX-License-Identifier: Apache-2.0
#include "harness/front/report_writer.hpp"

#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

namespace queuemeter {
namespace {

/// A write of up to PIPE_BUF bytes goes in whole or not at all.
/// Source: pipe(7), "PIPE_BUF".
constexpr std::size_t reports_in_a_write = PIPE_BUF / sizeof(BackendReport);

/// How soon a full pipe is tried again.
constexpr std::chrono::milliseconds retry{2};

}  // namespace

ReportWriter::ReportWriter(int pipe) : pipe_{pipe} {
  ::fcntl(pipe_, F_SETFL, ::fcntl(pipe_, F_GETFL) | O_NONBLOCK);
  waiting_.reserve(waiting_limit);
  flusher_ = std::jthread{[this](const std::stop_token& stop) { keep_flushing(stop); }};
}

ReportWriter::~ReportWriter() {
  flusher_.request_stop();
  flusher_.join();
  ::close(pipe_);
}

void ReportWriter::answered(std::uint64_t sequence, std::int64_t called_at, std::int64_t replied_at,
                            Reason reason) {
  const std::scoped_lock lock{mutex_};
  push({.sequence = sequence,
        .called_at = called_at,
        .replied_at = replied_at,
        .reason = reason,
        .is_of_a_call = true});
}

void ReportWriter::strange() {
  const std::scoped_lock lock{mutex_};
  ++strange_;
  push({});
}

void ReportWriter::push(BackendReport report) {
  if (waiting_.size() - first_ == waiting_limit) {
    missed_ += report.is_of_a_call ? 1 : 0;
    return;
  }
  if (waiting_.size() == waiting_limit) {
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  report.strange = strange_;
  report.missed = missed_;
  waiting_.push_back(report);
  if (!flush()) {
    kept_.notify_one();
  }
}

bool ReportWriter::flush() {
  while (first_ < waiting_.size()) {
    const std::size_t count = std::min(waiting_.size() - first_, reports_in_a_write);
    const std::size_t bytes = count * sizeof(BackendReport);
    if (::write(pipe_, waiting_.data() + first_, bytes) != static_cast<ssize_t>(bytes)) {
      return false;  // full, or nobody reads any more
    }
    first_ += count;
  }
  waiting_.clear();
  first_ = 0;
  return true;
}

void ReportWriter::keep_flushing(const std::stop_token& stop) {
  std::unique_lock lock{mutex_};
  while (kept_.wait(lock, stop, [this] { return first_ < waiting_.size(); })) {
    if (!flush()) {
      lock.unlock();
      std::this_thread::sleep_for(retry);
      lock.lock();
    }
    if (stop.stop_requested()) {
      return;
    }
  }
}

}  // namespace queuemeter
