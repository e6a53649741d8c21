// SPDX-License-Identifier: Apache-2.0
// The half of a served connection that answers: in the order of the requests, and no faster than
// the client takes it.
#include "harness/net/http_response_head.hpp"
#include "harness/net/served_connection.hpp"

#include <cerrno>
#include <string>
#include <sys/socket.h>
#include <utility>

namespace queuemeter {

ServedExchange& ServedConnection::add_exchange() {
  ServedExchange& exchange = traffic_.take_exchange(*this);
  (last_ == nullptr ? first_ : last_->next_) = &exchange;
  last_ = &exchange;
  ++in_flight_;
  return exchange;
}

/// Where the bytes of this answer belong now; `written` sends what was put there.
std::string& ServedConnection::sink(ServedExchange& exchange) {
  if (&exchange != first_) {
    traffic_.charge(exchange.early_.size(), 0);
    return exchange.early_;
  }
  return traffic_.corked == this ? traffic_.output : traffic_.scratch;
}

void ServedConnection::write_head(ServedExchange& exchange, std::string& to, unsigned status,
                                  std::string_view fields, std::uint64_t body_bytes) {
  ConnectionWord word = exchange.is_http_1_0_ ? ConnectionWord::keep_alive : ConnectionWord::none;
  if (traffic_.is_draining && &exchange == last_) {
    exchange.ends_connection_ = true;
    reads_no_more_ = true;
  }
  if (exchange.ends_connection_) {
    word = ConnectionWord::close;
  }
  append_response_head(to, status, fields, body_bytes, word);
}

void ServedConnection::written(ServedExchange& exchange) {
  if (&exchange != first_) {
    if (!traffic_.charge(0, exchange.early_.size())) {
      ++traffic_.counts.overflowed;
      break_off();
    }
    return;
  }
  if (traffic_.corked != this) {
    send(traffic_.scratch);
    traffic_.scratch.clear();
  }
  if (exchange.is_answered_) {
    pop_answered();
  }
  if (traffic_.corked != this) {
    after_output();
  }
}

/// Removes the answers that are on their way, and sends those that had waited for them.
void ServedConnection::pop_answered() {
  while (first_ != nullptr && first_->is_answered_) {
    ServedExchange& gone = *first_;
    first_ = std::exchange(gone.next_, nullptr);
    last_ = first_ == nullptr ? nullptr : last_;
    --in_flight_;
    is_ending_ = is_ending_ || gone.ends_connection_;
    gone.connection_ = nullptr;
    if (!gone.is_held_) {
      traffic_.give_back(gone);
    }
    if (first_ != nullptr && !first_->early_.empty()) {
      traffic_.charge(first_->early_.size(), 0);
      put(first_->early_);
      first_->early_.clear();
    }
  }
  since_ = phase_ == Phase::idle ? traffic_.now : since_;
}

void ServedConnection::put(std::string_view bytes) {
  if (traffic_.corked == this) {
    traffic_.output.append(bytes);
  } else {
    send(bytes);
  }
}

void ServedConnection::send(std::string_view bytes) {
  if (bytes.empty() || is_broken_) {
    return;
  }
  std::size_t sent = 0;
  if (unsent_.empty()) {
    const ssize_t taken =
        ::send(socket_->descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken < 0 && !is_worth_another_try(errno)) {
      break_off();
      return;
    }
    sent = taken < 0 ? 0 : static_cast<std::size_t>(taken);
    since_ = traffic_.now;
  }
  if (sent < bytes.size()) {
    const std::size_t before = unsent_.size();
    unsent_.append(bytes.substr(sent));
    socket_->wait_to_write();
    if (!traffic_.charge(before, unsent_.size())) {
      ++traffic_.counts.overflowed;
      break_off();
    }
  }
}

void ServedConnection::writable() {
  if (is_broken_) {
    return;
  }
  if (unsent_.empty()) {
    if (may_read() && is_behind_) {
      read({held_.data(), held_.size()});
    }
    return;
  }
  const std::string bytes = std::exchange(unsent_, {});
  traffic_.charge(bytes.size(), 0);
  send(bytes);
  after_output();
}

void ServedConnection::after_output() {
  if (is_broken_ || !unsent_.empty()) {
    return;
  }
  const bool is_done = in_flight_ == 0 && phase_ == Phase::idle && traffic_.is_draining;
  if (is_ending_ || is_done) {
    end_orderly();
    return;
  }
  if (in_flight_ == 0) {
    say_continue();
  }
  if (reads_no_more_) {
    socket_->wait_to_read();  // to hear of the client's end
  } else {
    go_on_reading();
  }
}

void ServedConnection::say_continue() {
  if (!held_.empty() && parser_.has_head() && parser_.wants_continue() && !has_said_continue_ &&
      !reads_no_more_) {
    has_said_continue_ = true;
    put("HTTP/1.1 100 Continue\r\n\r\n");
  }
}

/// All is said: closes our side, and waits for the client to close its.
void ServedConnection::end_orderly() {
  if (phase_ != Phase::lingering) {
    ::shutdown(socket_->descriptor(), SHUT_WR);
    set_phase(Phase::lingering);
    socket_->wait_to_read();
  }
}

/// Closes from the event loop, not from inside whoever has just answered.
void ServedConnection::break_off() noexcept {
  is_broken_ = true;
  ::shutdown(socket_->descriptor(), SHUT_RDWR);
  socket_->wait_to_read();
}

}  // namespace queuemeter
