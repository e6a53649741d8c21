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

bool is_again(int error) noexcept { return error == EAGAIN || error == EINTR; }

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

// --- Requests ------------------------------------------------------------------------------------

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
  } else if (got > 0 || (got < 0 && is_again(errno))) {
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
  if ((got > 0 && discarded_ <= most_discarded) || (got < 0 && is_again(errno))) {
    socket_->wait_to_read();
  } else {
    close();
  }
}

// --- Answers -------------------------------------------------------------------------------------

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
    if (taken < 0 && !is_again(errno)) {
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
