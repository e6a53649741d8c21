// SPDX-License-Identifier: Apache-2.0
#include "harness/net/served_connection.hpp"

#include <utility>

namespace queuemeter {
namespace {

constexpr std::size_t input_bytes = std::size_t{64} * 1024;
constexpr std::size_t most_spares = 256;
/// What a reused exchange may keep of its memory.
constexpr std::size_t early_bytes_kept = 4096;

}  // namespace

ServedTraffic::ServedTraffic(HttpServerSettings with, const Clock& time, HttpServer::Handler& whom)
    : settings{std::move(with)}, clock{time}, handler{whom}, now{time.now()}, input(input_bytes) {}

ServedTraffic::~ServedTraffic() = default;

ServedConnection& ServedTraffic::add_connection() {
  if (spares_.empty()) {
    connections.push_back(std::make_unique<ServedConnection>(*this));
  } else {
    connections.push_back(std::move(spares_.back()));
    spares_.pop_back();
  }
  connections.back()->place = connections.size() - 1;
  counts.open = connections.size();
  return *connections.back();
}

void ServedTraffic::remove_connection(ServedConnection& connection) noexcept {
  const std::size_t place = connection.place;
  spares_.push_back(std::move(connections[place]));
  if (place + 1 < connections.size()) {
    connections[place] = std::move(connections.back());
    connections[place]->place = place;
  }
  connections.pop_back();
  counts.open = connections.size();
}

void ServedTraffic::drop_spares() noexcept {
  if (spares_.size() > most_spares) {
    spares_.resize(most_spares);
  }
}

ServedExchange& ServedTraffic::take_exchange(ServedConnection& connection) {
  auto exchange = spare_exchanges_.empty() ? std::make_unique<ServedExchange>()
                                           : std::move(spare_exchanges_.back());
  if (!spare_exchanges_.empty()) {
    spare_exchanges_.pop_back();
  }
  exchange->traffic_.reset(this);
  exchange->connection_ = &connection;
  return *exchange.release();  // given back by its connection and its reply, whoever is last
}

void ServedTraffic::give_back(ServedExchange& exchange) noexcept {
  std::string early = std::move(exchange.early_);
  const auto self = std::move(exchange.traffic_);  // perhaps the last one to hold us
  exchange = ServedExchange{};
  if (early.capacity() <= early_bytes_kept) {
    early.clear();
    exchange.early_ = std::move(early);
  }
  spare_exchanges_.emplace_back(&exchange);
}

bool ServedTraffic::charge(std::size_t before, std::size_t after) noexcept {
  counts.buffered_bytes = counts.buffered_bytes - before + after;
  return counts.buffered_bytes <= settings.buffered_bytes || after <= before;
}

}  // namespace queuemeter
