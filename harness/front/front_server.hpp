// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/front/front_settings.hpp"
#include "harness/queue/queue.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace queuemeter {

/// An HTTP front end with a queue behind it and workers behind that: the site of somebody who
/// answers at once and does the work later. `FrontDesk` says what it answers.
///
/// It runs on threads of its own: one for the clients, and those of the workers.
/// One thread, the one that started it, but for `port`.
class FrontServer {
 public:
  /// Opens the queue, starts the workers, listens. Errors: what is wrong with the backend's URL or
  /// the queue, port in use, no threads.
  [[nodiscard]] static Result<std::unique_ptr<FrontServer>> start(FrontSettings settings,
                                                                  const OpenQueue& open_queue);
  FrontServer(const FrontServer&) = delete;
  FrontServer& operator=(const FrontServer&) = delete;
  /// Stops at once.
  virtual ~FrontServer() = default;

  [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;
  /// Refuses further calls, lets those it has finish for `patience` at the most, and stops: how
  /// many were left undone. Results can be asked for until the end.
  virtual std::size_t drain(Duration patience) = 0;

 protected:
  FrontServer() = default;
};

}  // namespace queuemeter
