// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/http_client.hpp"

#include "harness/backend/saturating_add.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace queuemeter {
namespace {

/// A timeout that nobody gave never comes.
Duration or_never(const std::optional<Duration>& timeout) {
  return timeout.value_or(Duration::max());
}

/// What is kept of an answer: for the sink, and for what is expected of it.
KeptParts kept_parts(const HttpBackendSettings& settings) {
  KeptParts parts = settings.kept;
  if (settings.client.expect.looks_at_body()) {
    parts.body_bytes = std::max(parts.body_bytes, AnswerCheck::longest_body);
  }
  return parts;
}

}  // namespace

HttpClient::HttpClient(const HttpBackendSettings& settings, const HttpDestination& destination,
                       const Clock& clock, ReplySink& sink, boost::asio::io_context& loop,
                       ConnectionLedger& connection_ledger)
    : settings_{settings},
      destination_{destination},
      clock_{clock},
      sink_{sink},
      loop_{loop},
      connection_ledger_{connection_ledger},
      requests_{destination.requests},
      check_{settings.client.expect},
      kept_{kept_parts(settings)},
      shortest_timeout_{
          std::min({settings.client.timeouts.connect, or_never(settings.client.timeouts.first_byte),
                    or_never(settings.client.timeouts.whole)})},
      scan_gap_{std::clamp<Duration>(shortest_timeout_ / 20, std::chrono::microseconds{100},
                                     std::chrono::milliseconds{10})} {}

HttpClient::~HttpClient() {
  for (const auto& connection : connections_) {
    tally_.closed(connection->mark, connections_.size());
    connection->close();
  }
  connection_ledger_.add(tally_.account());
}

void HttpClient::begin(CallHandle call, Instant now) {
  const FlightNumber number = flights_.add(call);
  flights_[number].begun_at = now;
  scan_at_ = std::min(scan_at_, saturating_add(now, shortest_timeout_));
  if (!idle_.empty()) {
    HttpConnection& connection = *idle_.back();
    idle_.pop_back();
    send_for(number, connection);
  } else if (connections_.size() < settings_.client.connections) {
    open_for(number, now);
  } else {
    join_line(number);
  }
}

void HttpClient::abandon(CallHandle call) {
  const FlightNumber number = flights_.find(call);
  if (number == no_flight) {
    return;
  }
  HttpConnection* const connection = flights_[number].connection;
  if (connection == nullptr) {
    leave_line(number);
  }
  flights_.remove(number);
  if (connection != nullptr) {
    drop(*connection);
  }
}

Instant HttpClient::step(Instant now) {
  if (now < scan_at_) {
    return scan_at_;
  }
  Instant earliest = saturating_add(now, shortest_timeout_);  // of what begins from now on
  for (FlightNumber number = 0; number < flights_.places(); ++number) {
    if (!flights_.is_occupied(number)) {
      continue;
    }
    const Instant gives_up = gives_up_at(flights_[number]);
    if (gives_up <= now) {
      give_up(number, now);
    } else {
      earliest = std::min(earliest, gives_up);
    }
  }
  scan_at_ = flights_.size() == 0 ? never : std::max(earliest, now + scan_gap_);
  return scan_at_;
}

void HttpClient::connected(HttpConnection& connection) {
  preferred_endpoint_ = connection.endpoint;
  send_for(connection.flight, connection);
}

void HttpClient::not_connected(HttpConnection& connection) {
  if (connection.endpoint + 1 < destination_.endpoints.size()) {
    connection.close();
    ++connection.endpoint;
    connection.connect(destination_.endpoints[connection.endpoint]);
    return;
  }
  const FlightNumber number = connection.flight;
  drop(connection);
  settle(number, Reason::unreachable, clock_.now());
}

void HttpClient::received(HttpConnection& connection, std::string_view bytes) {
  const FlightNumber number = connection.flight;
  if (number == no_flight) {
    drop(connection);  // it answers what nobody asked
    return;
  }
  HttpResponseParser& parser = connection.parser;
  flights_[number].stage = Stage::answering;
  const std::size_t used = parser.feed(bytes);
  if (parser.failed()) {
    const Instant now = clock_.now();
    drop(connection);
    settle(number, Reason::wrong_answer, now);
  } else if (parser.complete()) {
    const Instant now = clock_.now();
    const unsigned status = take_answer(connection);
    if (parser.keep_alive() && used == bytes.size() && !connection.is_sending()) {
      keep(connection);
    } else {
      drop(connection);
    }
    answered(number, status, now);
  }
}

void HttpClient::ended(HttpConnection& connection, bool orderly) {
  const FlightNumber number = connection.flight;
  const Instant now = clock_.now();
  if (orderly) {
    connection.parser.end_of_stream();
  }
  const bool whole = orderly && connection.parser.complete();
  const unsigned status = whole ? take_answer(connection) : 0;
  drop(connection);
  if (number != no_flight && whole) {
    answered(number, status, now);
  } else if (number != no_flight) {
    settle(number, Reason::disconnected, now);
  }
}

void HttpClient::join_line(FlightNumber number) {
  flights_[number].previous = last_waiting_;
  (last_waiting_ == no_flight ? first_waiting_ : flights_[last_waiting_].next) = number;
  last_waiting_ = number;
}

void HttpClient::leave_line(FlightNumber number) {
  Flight& flight = flights_[number];
  (flight.previous == no_flight ? first_waiting_ : flights_[flight.previous].next) = flight.next;
  (flight.next == no_flight ? last_waiting_ : flights_[flight.next].previous) = flight.previous;
  flight.previous = no_flight;
  flight.next = no_flight;
}

HttpConnection& HttpClient::add_connection() {
  const auto spare = std::find_if(spares_.begin(), spares_.end(),
                                  [](const auto& closed) { return closed->is_reusable(); });
  if (spare == spares_.end()) {
    connections_.push_back(make_http_connection(loop_, *this));
  } else {
    connections_.push_back(std::move(*spare));
    *spare = std::move(spares_.back());
    spares_.pop_back();
  }
  HttpConnection& connection = *connections_.back();
  connection.place = connections_.size() - 1;
  connection.mark = {};
  if (kept_.any() && connection.kept == nullptr) {
    connection.kept = std::make_unique<KeptAnswer>(kept_);
    connection.parser = HttpResponseParser{connection.kept.get()};
  }
  return connection;
}

void HttpClient::open_for(FlightNumber number, Instant now) {
  HttpConnection& connection = add_connection();
  Flight& flight = flights_[number];
  flight.connection = &connection;
  flight.stage = Stage::connecting;
  flight.connecting_at = now;
  connection.flight = number;
  connection.endpoint = preferred_endpoint_;
  connection.connect(destination_.endpoints[connection.endpoint]);
}

void HttpClient::send_for(FlightNumber number, HttpConnection& connection) {
  Flight& flight = flights_[number];
  flight.connection = &connection;
  flight.stage = Stage::sent;
  connection.flight = number;
  connection.parser.reset(destination_.requests.is_head() ? HttpResponseParser::Asked::head
                                                          : HttpResponseParser::Asked::whole);
  const std::string_view request = requests_.write(flight.call.record->call);
  flight.called_at = clock_.now();
  tally_.asked(connection.mark);
  connection.send(request);
}

void HttpClient::keep(HttpConnection& connection) {
  connection.flight = no_flight;
  if (first_waiting_ == no_flight) {
    idle_.push_back(&connection);
    return;
  }
  const FlightNumber next = first_waiting_;
  leave_line(next);
  send_for(next, connection);
}

void HttpClient::drop(HttpConnection& connection) {
  if (connection.flight == no_flight) {
    idle_.erase(std::find(idle_.begin(), idle_.end(), &connection));
  }
  tally_.closed(connection.mark, connections_.size());
  connection.close();
  connection.flight = no_flight;
  const std::size_t place = connection.place;
  spares_.push_back(std::move(connections_[place]));
  if (place + 1 < connections_.size()) {
    connections_[place] = std::move(connections_.back());
    connections_[place]->place = place;
  }
  connections_.pop_back();
  if (first_waiting_ != no_flight) {
    const FlightNumber next = first_waiting_;
    leave_line(next);
    open_for(next, clock_.now());
  }
}

// The connection may serve the next call before the sink has seen this answer, so status and what
// was kept are taken along.
unsigned HttpClient::take_answer(HttpConnection& connection) {
  tally_.answered(connection.mark, connections_.size());
  if (connection.kept != nullptr) {
    std::swap(answer_, *connection.kept);
  }
  return connection.parser.status();
}

void HttpClient::answered(FlightNumber number, unsigned status, Instant at) {
  const std::string_view body = answer_.body();
  const Reply reply{.reason = check_.reason_of(status, body),
                    .called_at = flights_[number].called_at,
                    .replied_at = at,
                    .status = static_cast<std::uint16_t>(status),
                    .location = answer_.location(),
                    .body = body.substr(0, settings_.kept.body_bytes)};
  const CallHandle call = flights_[number].call;
  flights_.remove(number);
  sink_.replied(call, reply);
}

void HttpClient::settle(FlightNumber number, Reason reason, Instant at) {
  const CallHandle call = flights_[number].call;
  const Instant called_at = flights_[number].called_at;
  flights_.remove(number);
  sink_.replied(call, Reply{reason, called_at, at});
}

void HttpClient::give_up(FlightNumber number, Instant now) {
  HttpConnection* const connection = flights_[number].connection;
  if (connection == nullptr) {
    leave_line(number);
  } else {
    drop(*connection);
  }
  settle(number, Reason::backend_timeout, now);
}

Instant HttpClient::gives_up_at(const Flight& flight) const noexcept {
  const Instant whole = saturating_add(flight.begun_at, or_never(settings_.client.timeouts.whole));
  switch (flight.stage) {
    case Stage::waiting:
    case Stage::answering:
      return whole;
    case Stage::connecting:
      return std::min(whole,
                      saturating_add(flight.connecting_at, settings_.client.timeouts.connect));
    case Stage::sent:
      return std::min(
          whole, saturating_add(flight.called_at, or_never(settings_.client.timeouts.first_byte)));
  }
  return whole;
}

}  // namespace queuemeter
