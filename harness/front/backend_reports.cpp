// SPDX-License-Identifier: Apache-2.0
#include "harness/front/backend_reports.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <span>
#include <unistd.h>
#include <utility>

namespace queuemeter {

struct BackendReports::Stream {
  Stream(boost::asio::io_context& loop, int descriptor) : pipe{loop, descriptor} {}
  boost::asio::posix::stream_descriptor pipe;
};

BackendReports::BackendReports(int pipe) noexcept : pipe_{pipe} {}

BackendReports::~BackendReports() {
  if (pipe_ >= 0) {
    ::close(pipe_);
  }
}

Result<void> BackendReports::listen(boost::asio::io_context& loop) {
  stream_ = std::make_unique<Stream>(loop, std::exchange(pipe_, -1));
  boost::system::error_code ignored;  // a wait comes before each read, so none of them blocks
  stream_->pipe.native_non_blocking(true, ignored);
  return {};
}

void BackendReports::open(CompletionSink& sink) {
  sink_ = &sink;
  wait();
}

void BackendReports::close() { stream_.reset(); }

void BackendReports::wait() {
  stream_->pipe.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           [this](const boost::system::error_code& error) {
                             if (!error) {
                               read();
                             }
                           });
}

void BackendReports::read() {
  // Whole records only: both ends move multiples of them, and writes of few are atomic.
  const ssize_t got = ::read(stream_->pipe.native_handle(), reports_.data(), sizeof reports_);
  if (got == 0) {
    return;  // the backend has ended, and nothing comes any more
  }
  if (got > 0) {
    const std::size_t count = static_cast<std::size_t>(got) / sizeof(BackendReport);
    for (const BackendReport& report : std::span{reports_}.first(count)) {
      tell(report);
    }
  }
  wait();
}

void BackendReports::tell(const BackendReport& report) {
  counts_.strange = report.strange;
  counts_.missed = report.missed;
  if (!report.is_of_a_call) {
    return;
  }
  ++counts_.received;
  sink_->completed({.sequence = report.sequence,
                    .outcome = report.reason == Reason::none ? Outcome::completed : Outcome::failed,
                    .reason = report.reason,
                    .called_at = instant_from_nanoseconds(report.called_at),
                    .replied_at = instant_from_nanoseconds(report.replied_at)});
}

}  // namespace queuemeter
