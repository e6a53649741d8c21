// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/front/backend_report.hpp"
#include "harness/front/completion.hpp"

#include <array>
#include <memory>

namespace queuemeter {

/// A run's end of the pipe from the backend that it watches. A call is done when the backend has
/// answered the request that carries its id.
///
/// One thread, the offerer's.
class BackendReports final : public CompletionSource {
 public:
  /// Takes an open descriptor, and closes it in the end.
  explicit BackendReports(int pipe) noexcept;
  ~BackendReports() override;

  [[nodiscard]] Result<void> listen(boost::asio::io_context& loop) override;
  void open(CompletionSink& sink) override;
  void close() override;
  [[nodiscard]] CompletionCounts counts() const noexcept override { return counts_; }

 private:
  struct Stream;  // the Asio half; hidden so that this header stays light

  void wait();
  void read();
  void tell(const BackendReport& report);

  int pipe_;  // until `listen`; -1 from then on
  std::unique_ptr<Stream> stream_;
  CompletionSink* sink_ = nullptr;
  std::array<BackendReport, 256> reports_{};
  CompletionCounts counts_;
};

}  // namespace queuemeter
