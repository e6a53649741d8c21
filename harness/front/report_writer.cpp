// SPDX-License-Identifier: Apache-2.0
#include "harness/front/report_writer.hpp"

#include <algorithm>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

namespace queuemeter {
namespace {

/// A write of up to PIPE_BUF bytes goes in whole or not at all.
/// Source: pipe(7), "PIPE_BUF".
constexpr std::size_t reports_in_a_write = PIPE_BUF / sizeof(BackendReport);

}  // namespace

ReportWriter::ReportWriter(int pipe) : pipe_{pipe} {
  ::fcntl(pipe_, F_SETFL, ::fcntl(pipe_, F_GETFL) | O_NONBLOCK);
  waiting_.reserve(waiting_limit);
}

ReportWriter::~ReportWriter() { ::close(pipe_); }

void ReportWriter::answered(std::uint64_t sequence, std::int64_t called_at,
                            std::int64_t replied_at, Reason reason) {
  push({.sequence = sequence,
        .called_at = called_at,
        .replied_at = replied_at,
        .reason = reason,
        .is_of_a_call = true});
}

void ReportWriter::strange() {
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
  flush();
}

bool ReportWriter::flush() {
  while (first_ < waiting_.size()) {
    const std::size_t count = std::min(waiting_.size() - first_, reports_in_a_write);
    const std::size_t bytes = count * sizeof(BackendReport);
    if (::write(pipe_, waiting_.data() + first_, bytes) != static_cast<ssize_t>(bytes)) {
      return true;  // full, or nobody reads any more
    }
    first_ += count;
  }
  waiting_.clear();
  first_ = 0;
  return false;
}

}  // namespace queuemeter
