// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/connection_gauge.hpp"
#include "harness/backend/connection_tally.hpp"
#include "harness/call/call_record.hpp"
#include "harness/call/clock.hpp"
#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"
#include "harness/call/outcome.hpp"
#include "harness/call/stepper.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace boost::asio {
class io_context;
}

namespace queuemeter {

/// How a backend answered one call.
struct Reply {
  /// `none` = a good answer; otherwise why the call failed.
  Reason reason = Reason::none;
  /// When the request left for the backend, after waiting for a connection or a slot of ours;
  /// `unobserved` when it never left.
  Instant called_at = unobserved;
  /// When the whole answer (or the error) was there.
  Instant replied_at = unobserved;
  /// The HTTP status of the answer; 0 where none came, or where the backend speaks no HTTP.
  std::uint16_t status = 0;
  /// The answer's `Location` header and the beginning of its body, where an HTTP client was asked
  /// for them by `HttpBackendSettings::kept`, which costs every answer a copy; empty elsewhere.
  /// Valid during `ReplySink::replied` only.
  std::string_view location = {};
  std::string_view body = {};
};

/// Receives replies. Called from `begin()`, `step()` or the client's event loop, always on the
/// thread that owns the client; it may begin the next call from inside.
class ReplySink {
 public:
  ReplySink() = default;
  ReplySink(const ReplySink&) = delete;
  ReplySink& operator=(const ReplySink&) = delete;
  virtual ~ReplySink() = default;
  virtual void replied(CallHandle call, const Reply& reply) = 0;
};

/// One thread's way to a backend: begins calls and reports each reply exactly once, unless the
/// call was abandoned. Never blocks.
///
/// One thread, the driver's. `step(now)` reports what is due at `now` (replies of a synthetic
/// backend, timeouts of an HTTP client) and returns the next instant something may be due;
/// sockets are driven by the event loop given at creation.
class BackendClient : public Stepper {
 public:
  /// Begins the call. `Call::planned_at`, `deadline` and `payload_bytes` are read from the record;
  /// nothing of the record is written.
  virtual void begin(CallHandle call, Instant now) = 0;
  /// The caller has left: no reply will be reported for this call. An HTTP client closes its
  /// connection, as a browser does; the backend may work on for nobody.
  virtual void abandon(CallHandle call) = 0;
  /// Calls begun and neither replied nor abandoned.
  [[nodiscard]] virtual std::size_t in_flight() const noexcept = 0;
  /// When `step` wants to be called next; asked after `begin`.
  [[nodiscard]] virtual Instant next_wake() const noexcept = 0;
};

/// What a backend says of itself. Totals since the backend started, all phases.
struct BackendAccount {
  std::uint64_t served = 0;              ///< requests worked on and answered
  std::uint64_t wasted = 0;              ///< of those, answered for a caller already gone
  std::uint64_t refused = 0;             ///< answered 503 because its queue was full
  std::uint64_t limited = 0;             ///< answered 429 because of its rate limit
  std::uint64_t errors = 0;              ///< answered with an error on purpose
  std::uint64_t hung = 0;                ///< never answered on purpose
  std::uint64_t slots = 0;               ///< how many calls it works on at once
  double busy_seconds = 0.0;             ///< slot-seconds spent working since the start
  double service_seconds = 0.0;          ///< sum of measured service times
  double service_seconds_squared = 0.0;  ///< sum of their squares
  Instant read_at = unobserved;          ///< when these numbers were read
};

/// The interface that workers (or, on the direct path, callers) call.
class Backend {
 public:
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  virtual ~Backend() = default;

  /// A client for the calling thread. `loop` drives its sockets; a synthetic backend ignores it
  /// and may be given null. The backend, `loop`, `clock` and `sink` must outlive the client.
  /// Thread-safe.
  [[nodiscard]] virtual std::unique_ptr<BackendClient> make_client(
      const Clock& clock, ReplySink& sink, boost::asio::io_context* loop) = 0;

  /// The backend's own account; nothing where it keeps none (a foreign URL). May block for one
  /// round trip, so never called from an engine thread. Thread-safe.
  [[nodiscard]] virtual std::optional<BackendAccount> account() = 0;

  /// How many connections the clients have opened; nothing where there are none. Thread-safe.
  [[nodiscard]] virtual std::optional<ConnectionGauge::Reading> open_connections() {
    return std::nullopt;
  }

  /// What became of the connections of all clients that have ended; nothing where there are none.
  /// Thread-safe.
  [[nodiscard]] virtual std::optional<ConnectionTotals> connection_totals() const {
    return std::nullopt;
  }
};

}  // namespace queuemeter
