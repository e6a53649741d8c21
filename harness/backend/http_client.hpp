// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/answer_check.hpp"
#include "harness/backend/backend.hpp"
#include "harness/backend/call_request.hpp"
#include "harness/backend/connection_tally.hpp"
#include "harness/backend/flight_table.hpp"
#include "harness/backend/http_backend.hpp"
#include "harness/backend/http_connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace queuemeter {

/// Where the requests of one backend go.
struct HttpDestination {
  std::vector<SocketAddress> endpoints;  ///< at least one; tried in order
  CallRequests requests;
};

/// Calls over HTTP/1.1 with a pool of keep-alive connections.
///
/// A call takes the most recently used idle connection, else a new one below the limit, else it
/// waits its turn; all of that is handoff, because `called_at` is stamped when the first byte of
/// its request goes to the kernel. A reused connection that the server closes before it answers is
/// reported as `disconnected`: repeating the request in silence could do the work twice.
/// Timeouts are looked for by one scan in `step`; they are noticed up to a twentieth of the
/// shortest timeout late, 10 ms at the most (100 us at the least).
/// After warm-up, with its connections open, a call allocates nothing. One thread.
class HttpClient final : public BackendClient, private HttpConnection::Owner {
 public:
  /// All references must outlive the client.
  HttpClient(const HttpBackendSettings& settings, const HttpDestination& destination,
             const Clock& clock, ReplySink& sink, boost::asio::io_context& loop,
             ConnectionLedger& connection_ledger);
  ~HttpClient() override;

  void begin(CallHandle call, Instant now) override;
  void abandon(CallHandle call) override;
  Instant step(Instant now) override;
  [[nodiscard]] std::size_t in_flight() const noexcept override { return flights_.size(); }
  [[nodiscard]] Instant next_wake() const noexcept override { return scan_at_; }

 private:
  enum class Stage : std::uint8_t { waiting, connecting, sent, answering };
  struct Flight {
    CallHandle call;
    HttpConnection* connection = nullptr;  // none while waiting
    Stage stage = Stage::waiting;
    Instant begun_at = unobserved;
    Instant connecting_at = unobserved;
    Instant called_at = unobserved;
    FlightNumber previous = no_flight;  // in the waiting line
    FlightNumber next = no_flight;
  };

  void connected(HttpConnection& connection) override;
  void not_connected(HttpConnection& connection) override;
  void received(HttpConnection& connection, std::string_view bytes) override;
  void ended(HttpConnection& connection, bool orderly) override;

  void join_line(FlightNumber number);
  void leave_line(FlightNumber number);
  [[nodiscard]] HttpConnection& add_connection();
  void open_for(FlightNumber number, Instant now);
  void send_for(FlightNumber number, HttpConnection& connection);
  void keep(HttpConnection& connection);
  void drop(HttpConnection& connection);
  [[nodiscard]] unsigned take_answer(HttpConnection& connection);
  void answered(FlightNumber number, unsigned status, Instant at);
  void settle(FlightNumber number, Reason reason, Instant at);
  void give_up(FlightNumber number, Instant now);
  [[nodiscard]] Instant gives_up_at(const Flight& flight) const noexcept;

  const HttpBackendSettings& settings_;
  const HttpDestination& destination_;
  const Clock& clock_;
  ReplySink& sink_;
  boost::asio::io_context& loop_;
  ConnectionLedger& connection_ledger_;
  ConnectionTally tally_;
  FlightTable<Flight> flights_;
  FlightNumber first_waiting_ = no_flight;
  FlightNumber last_waiting_ = no_flight;
  std::vector<boost::intrusive_ptr<HttpConnection>> connections_;
  std::vector<boost::intrusive_ptr<HttpConnection>> spares_;  // closed; some operations may linger
  std::vector<HttpConnection*> idle_;                         // most recently used last
  std::size_t preferred_endpoint_ = 0;                        // the one that answered
  RequestWriter requests_;
  AnswerCheck check_;
  KeptParts kept_;
  KeptAnswer answer_{kept_};  // the one that the sink sees
  Duration shortest_timeout_;
  Duration scan_gap_;
  Instant scan_at_ = never;
};

}  // namespace queuemeter
