// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend_server.hpp"
#include "harness/front/call_id_finder.hpp"
#include "harness/front/report_writer.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace queuemeter {

/// Watches a backend's requests for the calls of one run and reports each that it answers. Used on
/// the server's thread.
class BackendWatch final : public RequestObserver {
 public:
  /// Takes the descriptor.
  BackendWatch(CallIdFinder finder, int pipe) : finder_{std::move(finder)}, writer_{pipe} {}

  [[nodiscard]] std::optional<std::uint64_t> begun(const HttpRequest& request) override;
  void answered(std::uint64_t sequence, Instant called_at, Instant replied_at,
                unsigned status) override;

 private:
  CallIdFinder finder_;
  ReportWriter writer_;
};

}  // namespace queuemeter
