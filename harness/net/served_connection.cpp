// SPDX-License-Identifier: Apache-2.0
#include "harness/net/served_connection.hpp"

#include "harness/net/http_response_head.hpp"

#include <cerrno>
#include <chrono>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace queuemeter {
namespace {

/// A connection that we end waits so long, and reads so much, for the client to close first: bytes
/// that arrive at a closed socket would wipe out the answer on its way.
constexpr Duration patience_to_end = std::chrono::seconds{1};
constexpr std::size_t most_discarded = std::size_t{1024} * 1024;

constexpr unsigned request_timeout = 408;
constexpr unsigned service_unavailable = 503;

/// Empties the text and frees its memory.
void release(std::string& text) noexcept { std::string{}.swap(text); }

/// Whether the client has closed, also behind bytes that nobody reads.
bool has_closed(int descriptor) noexcept {
  tcp_info info{};
  socklen_t size = sizeof info;
  return ::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
         info.tcpi_state != TCP_ESTABLISHED;
}

}  // namespace

ServedConnection::ServedConnection(ServedTraffic& traffic)
    : traffic_{traffic}, parser_{traffic.settings.limits} {}

void ServedConnection::open(boost::intrusive_ptr<WatchedSocket> socket, const PeerAddress& peer) {
  socket_ = std::move(socket);
  peer_ = peer;
  phase_ = Phase::idle;
  since_ = traffic_.now;
  discarded_ = 0;
  reads_no_more_ = false;
  is_ending_ = false;
  is_broken_ = false;
  is_behind_ = false;
  has_said_continue_ = false;
  parser_.reset();
  socket_->wait_to_read();
}

void ServedConnection::close() {
  socket_->close();
  socket_.reset();
  forget_held();
  traffic_.charge(unsent_.size(), 0);
  release(unsent_);
  in_flight_ = 0;
  last_ = nullptr;
  ServedExchange* exchange = std::exchange(first_, nullptr);
  traffic_.remove_connection(*this);
  while (exchange != nullptr) {
    ServedExchange& left = *exchange;
    exchange = std::exchange(left.next_, nullptr);
    traffic_.charge(left.early_.size(), 0);
    left.connection_ = nullptr;
    ClientWatcher* const watcher = left.is_answered_ ? nullptr : left.watcher_;
    if (!left.is_held_) {
      traffic_.give_back(left);
    } else if (watcher != nullptr) {
      watcher->client_left(left.token_);
    }
  }
}

void ServedConnection::check_time() {
  const HttpServerSettings& settings = traffic_.settings;
  const Duration passed = traffic_.now - since_;
  if (phase_ == Phase::lingering) {
    if (passed > patience_to_end) {
      close();
    }
  } else if (!unsent_.empty()) {
    if (passed > settings.send_timeout) {
      ++traffic_.counts.timed_out;
      close();
    }
  } else if (in_flight_ > 0) {
    // While nothing is read, only this tells.
    if (!may_read() && has_closed(socket_->descriptor())) {
      close();
    }
  } else if (phase_ == Phase::idle) {
    if (passed > settings.idle_timeout) {
      close();
    }
  } else if (passed > (phase_ == Phase::head ? settings.head_timeout : settings.body_timeout)) {
    ++traffic_.counts.timed_out;
    forget_held();
    refuse(request_timeout);
  }
}

void ServedConnection::drain() {
  if (phase_ == Phase::idle && in_flight_ == 0 && unsent_.empty()) {
    close();
  }
}

void ServedConnection::set_phase(Phase phase) noexcept {
  if (phase_ != phase) {
    phase_ = phase;
    since_ = traffic_.now;
  }
}

bool ServedConnection::may_read() const noexcept {
  return !reads_no_more_ && !is_broken_ && unsent_.empty() &&
         in_flight_ < traffic_.settings.in_flight;
}

void ServedConnection::readable() {
  if (is_broken_) {
    close();
    return;
  }
  if (phase_ == Phase::lingering) {
    discard();
    return;
  }
  if (!may_read() && !reads_no_more_) {
    return;  // `go_on_reading` will ask again
  }
  const ssize_t got =
      ::recv(socket_->descriptor(), traffic_.input.data(), traffic_.input.size(), 0);
  if (got > 0 && !reads_no_more_) {
    traffic_.now = traffic_.clock.now();
    const std::string_view fresh{traffic_.input.data(), static_cast<std::size_t>(got)};
    if (held_.empty()) {
      read({traffic_.input.data(), fresh.size()});
    } else {
      held_.append(fresh);
      read({held_.data(), held_.size()});
    }
  } else if (got > 0 || (got < 0 && is_worth_another_try(errno))) {
    socket_->wait_to_read();  // what follows the last request is of no interest
  } else {
    close();
  }
}

/// Hands over the whole requests of `text`, which is all that was received and not read yet, and
/// keeps the rest.
void ServedConnection::read(std::span<char> text) {
  using Progress = HttpRequestParser::Progress;
  traffic_.corked = this;
  Progress progress = Progress::complete;
  std::size_t begin = 0;
  std::size_t end = text.size();
  while (begin < text.size() && progress == Progress::complete && may_read()) {
    const std::span<char> rest = text.subspan(begin);
    progress = parser_.parse(rest);
    if (progress == Progress::complete) {
      begin += parser_.end();
      hand_over(rest);
      parser_.reset();
    } else if (progress == Progress::incomplete) {
      end = begin + parser_.kept();
    }
  }
  if (progress == Progress::refused) {
    ++traffic_.counts.bad_requests;
    refuse(parser_.refusal());
  }
  keep(reads_no_more_ ? std::string_view{} : std::string_view{text.data() + begin, end - begin});
  is_behind_ = progress == Progress::complete && !held_.empty();
  if (progress == Progress::incomplete && in_flight_ == 0) {
    say_continue();
  }
  traffic_.corked = nullptr;
  send(traffic_.output);
  traffic_.output.clear();
  after_output();
}

void ServedConnection::hand_over(std::span<const char> text) {
  HttpRequest request = parser_.request(text);
  request.received_at = traffic_.now;
  request.peer = peer_;
  ServedExchange& exchange = add_exchange();
  exchange.is_head_ = request.method == "HEAD";
  exchange.is_http_1_0_ = request.is_http_1_0;
  exchange.ends_connection_ = !request.keep_alive || traffic_.is_draining;
  exchange.is_held_ = true;
  reads_no_more_ = exchange.ends_connection_;
  has_said_continue_ = false;
  ++traffic_.counts.requests;
  traffic_.handler.requested(request, HttpReply{exchange});
}

/// Answers, behind the answers that are still owed, and ends the connection.
void ServedConnection::refuse(unsigned status) {
  reads_no_more_ = true;
  ServedExchange& exchange = add_exchange();
  exchange.ends_connection_ = true;
  std::string& to = sink(exchange);
  const std::string_view phrase = reason_phrase(status);
  write_head(exchange, to, status, "Content-Type: text/plain\r\n", phrase.size() + 1);
  to.append(phrase).append("\n");
  exchange.is_answered_ = true;
  written(exchange);
}

/// `rest` may lie in what is held already.
void ServedConnection::keep(std::string_view rest) {
  if (rest.empty()) {
    release(held_);
  } else if (held_.empty()) {
    held_.assign(rest);
  } else {
    held_.resize(static_cast<std::size_t>(rest.data() - held_.data()) + rest.size());
    held_.erase(0, held_.size() - rest.size());
  }
  if (!traffic_.charge(std::exchange(charged_, held_.size()), held_.size())) {
    ++traffic_.counts.overflowed;
    forget_held();
    refuse(service_unavailable);
  }
  set_phase(held_.empty() ? Phase::idle : parser_.has_head() ? Phase::body : Phase::head);
}

void ServedConnection::forget_held() noexcept {
  traffic_.charge(std::exchange(charged_, 0), 0);
  release(held_);
}

/// From the event loop later, not from inside whoever has just answered.
void ServedConnection::go_on_reading() {
  if (!may_read()) {
    return;
  }
  if (is_behind_) {
    socket_->wait_to_write();
  } else {
    socket_->wait_to_read();
  }
}

void ServedConnection::discard() {
  const ssize_t got =
      ::recv(socket_->descriptor(), traffic_.input.data(), traffic_.input.size(), 0);
  discarded_ += got > 0 ? static_cast<std::size_t>(got) : 0;
  if ((got > 0 && discarded_ <= most_discarded) || (got < 0 && is_worth_another_try(errno))) {
    socket_->wait_to_read();
  } else {
    close();
  }
}

}  // namespace queuemeter
