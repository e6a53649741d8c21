// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/service_model.hpp"
#include "harness/call/error.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace queuemeter {

/// An HTTP server that behaves as php-fpm behind a web server does: any number of keep-alive
/// connections, N slots that work first come first served, a bounded waiting room, 503 beyond it,
/// and work that goes on for callers already gone.
struct BackendServerSettings {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0 = a free one
  /// Errors are answered 500; a hung call keeps its slot until its client closes.
  ServiceModel model = {.service_time = Distribution::constant(std::chrono::milliseconds{20}),
                        .concurrency = 8,
                        .seed = 7};
  std::size_t connections = 8192;  ///< accepted at once; beyond it: closed
};

class BackendServer {
 public:
  /// Binds and starts serving on threads of its own. Errors: port in use, address not ours.
  [[nodiscard]] static Result<std::unique_ptr<BackendServer>> start(BackendServerSettings settings);
  BackendServer(const BackendServer&) = delete;
  BackendServer& operator=(const BackendServer&) = delete;
  virtual ~BackendServer() = default;

  [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;
  /// Ends serving within a second, whatever is in work. Idempotent, any thread.
  virtual void stop() = 0;

 protected:
  BackendServer() = default;
};

}  // namespace queuemeter
