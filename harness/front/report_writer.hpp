// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/front/backend_report.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace queuemeter {

/// A watched backend's end of the pipe to its run. Whoever reports never waits: what the pipe has
/// no room for is kept, for a thread that tries again, and what is kept no longer is counted and
/// told. Thread-safe.
class ReportWriter {
 public:
  /// Reports that wait for room in the pipe, at the most.
  static constexpr std::size_t waiting_limit = 65'536;

  /// Takes an open descriptor, which it makes non-blocking and closes in the end.
  explicit ReportWriter(int pipe);
  ReportWriter(const ReportWriter&) = delete;
  ReportWriter& operator=(const ReportWriter&) = delete;
  ~ReportWriter();

  /// A request that carried a call's id has been answered.
  void answered(std::uint64_t sequence, std::int64_t called_at, std::int64_t replied_at,
                Reason reason);
  /// A request carried no id.
  void strange();

 private:
  void push(BackendReport report);
  [[nodiscard]] bool flush();
  void keep_flushing(const std::stop_token& stop);

  const int pipe_;
  std::mutex mutex_;                    // guards everything below
  std::condition_variable_any kept_;    // signalled when the pipe had no room
  std::vector<BackendReport> waiting_;  // from `first_` on
  std::size_t first_ = 0;
  std::uint64_t strange_ = 0;
  std::uint64_t missed_ = 0;
  std::jthread flusher_;
};

}  // namespace queuemeter
