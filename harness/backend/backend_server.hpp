// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/service_model.hpp"
#include "harness/call/error.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace queuemeter {

struct HttpRequest;

/// How a backend server serves. `pool`: a thread for each connection, as php-fpm behind a web
/// server behaves. `event`: all connections on one thread, for loads beyond that.
enum class BackendModel { pool, event };

/// What `queuemeter backend` serves and where.
struct BackendServerSettings {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0 = a free one
  BackendModel serves = BackendModel::pool;
  /// Errors are answered 500; a hung call keeps its slot until its client closes.
  ServiceModel model = {.service_time = Distribution::constant(std::chrono::milliseconds{20}),
                        .concurrency = 8,
                        .seed = 7};
  /// Accepted at once; beyond it: closed. 0 = what the model is made for: 8,192 or 18,000.
  std::size_t connections = 0;
  std::size_t answer_bytes = 3;  ///< of the body of a good answer
  /// Bytes per second of one answer; nothing = as fast as the client takes them. `event` only.
  std::optional<std::uint64_t> bandwidth = {};
};

/// Watches the requests of an `event` server that are worked on, for a site that is tested through
/// the backend it calls. Called on the server's thread.
class RequestObserver {
 public:
  RequestObserver() = default;
  RequestObserver(const RequestObserver&) = delete;
  RequestObserver& operator=(const RequestObserver&) = delete;
  /// A request has come; a number of the observer's when it wants to hear of the answer.
  [[nodiscard]] virtual std::optional<std::uint64_t> begun(const HttpRequest& request) = 0;
  /// Its answer has been given; `status` 0: its client had left before.
  virtual void answered(std::uint64_t number, Instant called_at, Instant replied_at,
                        unsigned status) = 0;

 protected:
  ~RequestObserver() = default;
};

class BackendServer {
 public:
  /// Binds and starts serving on threads of its own. `observer` may be absent, and outlives the
  /// server otherwise. Errors: port in use, address not ours, what a model cannot do.
  [[nodiscard]] static Result<std::unique_ptr<BackendServer>> start(
      BackendServerSettings settings, RequestObserver* observer = nullptr);
  BackendServer(const BackendServer&) = delete;
  BackendServer& operator=(const BackendServer&) = delete;
  virtual ~BackendServer() = default;

  [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;
  /// Ends serving within a second, whatever is in work. Idempotent, any thread.
  virtual void stop() = 0;

 protected:
  BackendServer() = default;
};

/// The two kinds, for `BackendServer::start`, which has prepared the settings.
[[nodiscard]] Result<std::unique_ptr<BackendServer>> start_pool_server(
    BackendServerSettings settings);
[[nodiscard]] Result<std::unique_ptr<BackendServer>> start_event_server(
    BackendServerSettings settings, RequestObserver* observer);

}  // namespace queuemeter
