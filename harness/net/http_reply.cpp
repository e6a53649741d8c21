// SPDX-License-Identifier: Apache-2.0
#include "harness/net/http_reply.hpp"

#include "harness/net/served_connection.hpp"

namespace queuemeter {

HttpReply& HttpReply::operator=(HttpReply&& other) noexcept {
  if (this != &other) {
    drop();
    exchange_ = std::exchange(other.exchange_, nullptr);
  }
  return *this;
}

bool HttpReply::client_has_left() const noexcept {
  return exchange_ == nullptr || exchange_->connection_ == nullptr;
}

void HttpReply::watch(ClientWatcher& watcher, std::uint64_t token) noexcept {
  exchange_->watcher_ = &watcher;
  exchange_->token_ = token;
}

void HttpReply::answer(unsigned status, std::string_view fields, std::string_view body) {
  ServedExchange& exchange = *exchange_;
  if (ServedConnection* const connection = exchange.connection_) {
    std::string& to = connection->sink(exchange);
    connection->write_head(exchange, to, status, fields, body.size());
    to.append(exchange.is_head_ ? std::string_view{} : body);
    exchange.is_answered_ = true;
    connection->written(exchange);
  }
  drop();
}

void HttpReply::begin(unsigned status, std::string_view fields, std::uint64_t body_bytes) {
  ServedExchange& exchange = *exchange_;
  exchange.remaining_ = exchange.is_head_ ? 0 : body_bytes;
  if (ServedConnection* const connection = exchange.connection_) {
    connection->write_head(exchange, connection->sink(exchange), status, fields, body_bytes);
    exchange.is_answered_ = exchange.remaining_ == 0;
    connection->written(exchange);
  }
  if (exchange.remaining_ == 0) {
    drop();
  }
}

void HttpReply::add(std::string_view piece) {
  ServedExchange& exchange = *exchange_;
  piece = piece.substr(0, exchange.remaining_);
  exchange.remaining_ -= piece.size();
  if (ServedConnection* const connection = exchange.connection_) {
    connection->sink(exchange).append(piece);
    exchange.is_answered_ = exchange.remaining_ == 0;
    connection->written(exchange);
  }
  if (exchange.remaining_ == 0) {
    drop();
  }
}

void HttpReply::drop() noexcept {
  if (exchange_ == nullptr) {
    return;
  }
  ServedExchange& exchange = *std::exchange(exchange_, nullptr);
  exchange.is_held_ = false;
  if (ServedConnection* const connection = exchange.connection_;
      connection != nullptr && !exchange.is_answered_) {
    exchange.ends_connection_ = true;
    exchange.is_answered_ = true;
    connection->written(exchange);
  } else if (connection == nullptr) {
    exchange.traffic_->give_back(exchange);
  }
}

}  // namespace queuemeter
