// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/answer_check.hpp"
#include "harness/backend/backend.hpp"
#include "harness/backend/call_request.hpp"
#include "harness/backend/call_timeouts.hpp"
#include "harness/backend/channel_pool.hpp"
#include "harness/backend/flight_table.hpp"
#include "harness/backend/http_backend.hpp"
#include "harness/backend/number_line.hpp"
#include "harness/backend/opening_ramp.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace queuemeter {

/// What the clients of one backend share. Immutable but for the accounts of connections, which are
/// thread-safe.
struct HttpDestination {
  HttpBackendSettings settings;
  CallRequests requests;
  std::unique_ptr<TlsClient> tls;  ///< null: none
  ChannelTarget target = {};
  ConnectionGauge gauge = {};
  ConnectionLedger connections = {};
};

/// Calls over HTTP with a pool of channels.
///
/// A call takes a channel with room, or waits its turn; all of that is handoff, because `called_at`
/// is stamped when its request goes to the kernel. A reused connection that the server closes
/// before it answers is reported as `disconnected`: repeating the request in silence could do the
/// work twice. After warm-up, with its connections open, a call over HTTP/1.1 allocates nothing.
/// One thread.
class HttpClient final : public BackendClient, private HttpChannel::Owner {
 public:
  /// All references must outlive the client.
  HttpClient(HttpDestination& destination, const Clock& clock, ReplySink& sink, SocketPoll& poll);

  void begin(CallHandle call, Instant now) override;
  void abandon(CallHandle call) override;
  Instant step(Instant now) override;
  [[nodiscard]] std::size_t in_flight() const noexcept override { return flights_.size(); }
  [[nodiscard]] Instant next_wake() const noexcept override {
    return std::min(look_at_, ramp_.next_due());
  }

 private:
  using Place = ChannelPool::Place;
  struct Flight {
    CallHandle call;
    std::optional<Place> channel;  // none while it waits for one
    CallStage stage = CallStage::waiting;
    Instant begun_at = unobserved;
    Instant staged_at = unobserved;  // when it came to its stage
    Instant called_at = unobserved;
    NumberLine::Links links;  // in the line, or among those who wait for a channel to open
  };
  class Request;  // of one flight, in the form that its channel speaks

  void shaking_hands(HttpChannel& channel) override;
  void opened(HttpChannel& channel) override;
  void not_opened(HttpChannel& channel, const std::string& why) override;
  void answering(HttpChannel& channel, ExchangeNumber exchange) override;
  void answered(HttpChannel& channel, ExchangeNumber exchange, const HttpAnswer& answer) override;
  void failed(HttpChannel& channel, ExchangeNumber exchange, HttpChannel::Failure failure) override;
  void ended(HttpChannel& channel) override;

  void find_channel(FlightNumber number, Instant now);
  void join_channel(FlightNumber number, Place place, Instant now);
  void send(FlightNumber number, Place place);
  void serve_line(Place place);
  void serve_line_with_new_channels();
  void leave_channel(FlightNumber number);
  void settle(FlightNumber number, Reason reason, Instant at, unsigned status = 0);
  void give_up(FlightNumber number, Instant now);
  void look_for_late_calls(Instant now);
  [[nodiscard]] bool keeps_cookies() const noexcept {
    return settings_.client.cookies == HttpClientSettings::Cookies::caller;
  }
  [[nodiscard]] auto links() noexcept {
    return [this](FlightNumber number) -> NumberLine::Links& { return flights_[number].links; };
  }

  const HttpBackendSettings& settings_;
  HttpDestination& destination_;
  const Clock& clock_;
  ReplySink& sink_;
  CookieJar cookies_;  // empty where none are kept
  RequestWriter writer_;
  AnswerCheck check_;
  KeptAnswer answer_;  // the one that the sink sees
  CallTimeouts timeouts_;
  FlightTable<Flight> flights_;
  NumberLine line_;  // of those who wait for a channel
  ChannelPool pool_;
  OpeningRamp ramp_;
  Instant look_at_ = never;
};

}  // namespace queuemeter
