// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/http_client.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace queuemeter {

/// Stamps the call when its request is written and ready to go.
class HttpClient::Request final : public RequestForms {
 public:
  Request(HttpClient& client, Flight& flight) : client_{client}, flight_{flight} {}
  [[nodiscard]] std::string_view as_http1() override {
    const std::string_view bytes = client_.writer_.write(flight_.call.record->call);
    stamp();
    return bytes;
  }
  [[nodiscard]] const Http2Request& as_http2() override {
    const Http2Request& request = client_.writer_.write_http2(flight_.call.record->call);
    stamp();
    return request;
  }

 private:
  void stamp() {
    flight_.called_at = client_.clock_.now();
    flight_.staged_at = flight_.called_at;
  }

  HttpClient& client_;
  Flight& flight_;
};

HttpClient::HttpClient(HttpDestination& destination, const Clock& clock, ReplySink& sink,
                       SocketPoll& poll)
    : settings_{destination.settings},
      destination_{destination},
      clock_{clock},
      sink_{sink},
      writer_{destination.requests, keeps_cookies() ? &cookies_ : nullptr},
      check_{settings_.client.expect},
      answer_{destination.target.rules.kept},
      timeouts_{settings_.client},
      pool_{poll, *this, destination.target, destination.gauge, destination.connections},
      ramp_{settings_.client.open, settings_.client.open_rate} {}

void HttpClient::begin(CallHandle call, Instant now) {
  const FlightNumber number = flights_.add(call);
  flights_[number].begun_at = now;
  look_at_ = std::min(look_at_, timeouts_.first_look(now, call.record->call.deadline));
  find_channel(number, now);
}

void HttpClient::abandon(CallHandle call) {
  const FlightNumber number = flights_.find(call);
  if (number != no_flight) {
    leave_channel(number);
    flights_.remove(number);
  }
}

Instant HttpClient::step(Instant now) {
  while (ramp_.take(now)) {
    if (const std::optional<Place> place = pool_.open_another()) {
      pool_.refresh(*place);
    }
  }
  if (now >= look_at_) {
    look_for_late_calls(now);
  }
  return next_wake();
}

void HttpClient::find_channel(FlightNumber number, Instant now) {
  const std::optional<Place> place = pool_.choose();
  if (!place) {
    line_.join(number, links());
    return;
  }
  join_channel(number, *place, now);
}

void HttpClient::join_channel(FlightNumber number, Place place, Instant now) {
  if (pool_.is_open(place)) {
    send(number, place);
    return;
  }
  Flight& flight = flights_[number];
  flight.channel = place;
  flight.stage = CallStage::connecting;
  flight.staged_at = now;
  pool_.waiting(place).join(number, links());
  pool_.refresh(place);
}

void HttpClient::send(FlightNumber number, Place place) {
  Flight& flight = flights_[number];
  flight.channel = place;
  flight.stage = CallStage::sent;
  Request request{*this, flight};
  pool_.asked(place);
  pool_.channel(place).begin(number, request);
  pool_.refresh(place);
}

void HttpClient::shaking_hands(HttpChannel& channel) {
  const Instant now = clock_.now();
  const NumberLine& waiting = pool_.waiting(channel.place);
  for (FlightNumber number = waiting.first(); number != NumberLine::nobody;
       number = flights_[number].links.next) {
    flights_[number].stage = CallStage::shaking_hands;
    flights_[number].staged_at = now;
  }
}

void HttpClient::opened(HttpChannel& channel) {
  pool_.opened(channel.place);
  NumberLine& waiting = pool_.waiting(channel.place);
  while (!waiting.empty() && channel.room() > 0) {
    const FlightNumber number = waiting.first();
    waiting.leave(number, links());
    send(number, channel.place);
  }
  while (!waiting.empty()) {  // it has less room than was asked for
    const FlightNumber number = waiting.first();
    waiting.leave(number, links());
    flights_[number].channel.reset();
    flights_[number].stage = CallStage::waiting;
    line_.join(number, links());
  }
  serve_line(channel.place);
}

void HttpClient::not_opened(HttpChannel& channel, const std::string& why) {
  if (pool_.try_next_address(channel.place)) {
    return;
  }
  destination_.gauge.failed(why);
  NumberLine failed = std::exchange(pool_.waiting(channel.place), NumberLine{});
  pool_.release(channel.place);
  serve_line_with_new_channels();
  const Instant now = clock_.now();
  while (!failed.empty()) {
    const FlightNumber number = failed.first();
    failed.leave(number, links());
    settle(number, Reason::unreachable, now);
  }
}

void HttpClient::answering(HttpChannel& /*channel*/, ExchangeNumber exchange) {
  flights_[exchange].stage = CallStage::answering;
}

// The channel may serve the next call before the sink has seen this answer, so what was kept of it
// is taken along.
void HttpClient::answered(HttpChannel& channel, ExchangeNumber exchange, const HttpAnswer& answer) {
  const Instant now = clock_.now();
  pool_.answered(channel.place);
  if (answer.kept != nullptr) {
    std::swap(answer_, *answer.kept);
    if (keeps_cookies()) {
      cookies_.remember(flights_[exchange].call.record->call.caller, answer_.cookies());
    }
  }
  serve_line(channel.place);
  settle(exchange, check_.reason_of(answer.status, answer_.body()), now, answer.status);
}

void HttpClient::failed(HttpChannel& /*channel*/, ExchangeNumber exchange,
                        HttpChannel::Failure failure) {
  settle(exchange,
         failure == HttpChannel::Failure::not_http ? Reason::wrong_answer : Reason::disconnected,
         clock_.now());
}

void HttpClient::ended(HttpChannel& channel) {
  pool_.release(channel.place);
  serve_line_with_new_channels();
}

/// Gives a channel with room to those who wait longest.
void HttpClient::serve_line(Place place) {
  while (!line_.empty() && pool_.channel(place).room() > 0) {
    const FlightNumber number = line_.first();
    line_.leave(number, links());
    send(number, place);
  }
  pool_.refresh(place);
}

void HttpClient::serve_line_with_new_channels() {
  while (!line_.empty()) {
    const std::optional<Place> place = pool_.choose();
    if (!place) {
      return;
    }
    const FlightNumber number = line_.first();
    line_.leave(number, links());
    join_channel(number, *place, clock_.now());
  }
}

/// Takes a call from wherever it waits; its channel is told that nobody does any more.
void HttpClient::leave_channel(FlightNumber number) {
  Flight& flight = flights_[number];
  if (!flight.channel.has_value()) {
    line_.leave(number, links());
    return;
  }
  const Place place = *flight.channel;
  if (pool_.is_open(place)) {
    pool_.channel(place).cancel(number);
    pool_.refresh(place);
    return;
  }
  pool_.waiting(place).leave(number, links());
  if (pool_.waiting(place).empty()) {  // it was opened for this call
    pool_.close(place);
    pool_.release(place);
    serve_line_with_new_channels();
  } else {
    pool_.refresh(place);
  }
}

void HttpClient::settle(FlightNumber number, Reason reason, Instant at, unsigned status) {
  Reply reply{.reason = reason,
              .called_at = flights_[number].called_at,
              .replied_at = at,
              .status = static_cast<std::uint16_t>(status)};
  if (status != 0 && settings_.kept.any()) {
    reply.location = answer_.location();
    reply.body = std::string_view{answer_.body()}.substr(0, settings_.kept.body_bytes);
  }
  const CallHandle call = flights_[number].call;
  flights_.remove(number);
  sink_.replied(call, reply);
}

void HttpClient::give_up(FlightNumber number, Instant now) {
  leave_channel(number);
  settle(number, Reason::backend_timeout, now);
}

void HttpClient::look_for_late_calls(Instant now) {
  Instant earliest = timeouts_.first_look(now, never);  // of what begins from now on
  for (FlightNumber number = 0; number < flights_.places(); ++number) {
    if (!flights_.is_occupied(number)) {
      continue;
    }
    const Flight& flight = flights_[number];
    const Instant gives_up = timeouts_.gives_up_at(flight.stage, flight.begun_at, flight.staged_at,
                                                   flight.call.record->call.deadline);
    if (gives_up <= now) {
      give_up(number, now);
    } else {
      earliest = std::min(earliest, gives_up);
    }
  }
  look_at_ = flights_.size() == 0 ? never : std::max(earliest, now + timeouts_.gap());
}

}  // namespace queuemeter
