// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/front/backend_report.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace queuemeter {

/// A watched backend's end of the pipe to its run. It never waits: what the pipe has no room for is
/// kept, and what is kept no longer is counted and told. One thread.
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

  /// Writes what waits; true while something does, and this has to be called again.
  bool flush();

 private:
  void push(BackendReport report);

  int pipe_;
  std::vector<BackendReport> waiting_;  // from `first_` on
  std::size_t first_ = 0;
  std::uint64_t strange_ = 0;
  std::uint64_t missed_ = 0;
};

}  // namespace queuemeter
