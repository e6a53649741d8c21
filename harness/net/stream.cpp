// SPDX-License-Identifier: Apache-2.0
#include "harness/net/stream.hpp"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <system_error>
#include <unistd.h>

namespace queuemeter {
namespace {

using Status = TlsSession::Status;
using Moved = TlsSession::Moved;

/// Events behind which there are no others.
constexpr std::uint32_t end_events = static_cast<std::uint32_t>(EPOLLRDHUP) | EPOLLHUP | EPOLLERR;

/// Opens a socket and begins to connect it; the error number, or 0.
int begin_connect(int& socket, const SocketAddress& to, const SocketAddress* from) noexcept {
  socket = ::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) {
    return errno;
  }
  const int yes = 1;
  if (to.family() != AF_UNIX) {
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }
  if (from != nullptr) {
    // The port is chosen at the connect, which knows the other end: as many connections from one
    // address as there are ports, to each port of theirs.
    ::setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    if (::bind(socket, from->generic(), from->bytes) != 0) {
      return errno;
    }
  }
  const bool begun = ::connect(socket, to.generic(), to.bytes) == 0 || errno == EINPROGRESS;
  return begun ? 0 : errno;
}

bool is_blocked(int failure) noexcept { return failure == EAGAIN || failure == EINTR; }

Moved moved(ssize_t bytes) noexcept {
  if (bytes >= 0) {
    return {Status::done, static_cast<std::size_t>(bytes)};
  }
  return {is_blocked(errno) ? Status::blocked : Status::failed, 0};
}

}  // namespace

void Stream::connect(const SocketAddress& to, const SocketAddress* from) {
  ++life_;
  failure_ = begin_connect(socket_, to, from);
  if (failure_ == 0 && !poll_.watch(socket_, *this)) {
    failure_ = errno;
  }
  state_ = failure_ == 0 ? State::connecting : State::failing;
  if (failure_ != 0) {
    poll_.call_soon(*this);
  }
}

void Stream::send(std::string_view bytes) {
  if (is_sending()) {
    unsent_.append(bytes);
    return;
  }
  const Moved done = put(bytes);
  if (done.status == Status::failed || done.status == Status::ended) {
    break_off();
  } else if (done.bytes < bytes.size()) {
    unsent_.assign(bytes.substr(done.bytes));
    sent_ = 0;
    send_rest();  // until the socket says that it is full, or it would not say when it is not
  }
}

void Stream::close() noexcept {
  if (state_ == State::closed) {
    return;
  }
  ++life_;
  state_ = State::closed;
  poll_.forget(*this);
  session_.reset();
  if (socket_ >= 0) {
    ::close(socket_);
    socket_ = -1;
  }
  unsent_.clear();
  sent_ = 0;
}

void Stream::ready(std::uint32_t events) {
  switch (state_) {
    case State::closed:
      break;
    case State::failing:
      fail(std::generic_category().message(failure_));
      break;
    case State::connecting:
      on_connect(events);
      break;
    case State::shaking_hands:
      shake_hands();
      break;
    case State::open: {
      const std::uint32_t life = life_;
      if ((events & EPOLLOUT) != 0 && is_sending()) {
        send_rest();
      }
      if (life == life_ && (events & (EPOLLIN | end_events)) != 0) {
        read_all((events & end_events) != 0);
      }
      break;
    }
  }
}

void Stream::on_connect(std::uint32_t events) {
  int failure = 0;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
    socklen_t bytes = sizeof failure;
    ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &failure, &bytes);
  }
  if (failure != 0) {
    fail(std::generic_category().message(failure));
  } else if (tls_ == nullptr) {
    open((events & (EPOLLIN | end_events)) != 0);
  } else {
    session_ = tls_->begin(socket_);
    state_ = State::shaking_hands;
    const std::uint32_t life = life_;
    owner_.shaking_hands();
    if (life == life_) {
      shake_hands();
    }
  }
}

void Stream::shake_hands() {
  switch (session_->handshake()) {
    case Status::done:
      open(true);  // the session may hold what came behind the handshake
      break;
    case Status::blocked:
      break;
    case Status::ended:
      fail("the server ended the TLS session");
      break;
    case Status::failed:
      fail("TLS: " + session_->failure());
      break;
  }
}

/// What has come together with the connection has had its event already.
void Stream::open(bool has_input) {
  state_ = State::open;
  const std::uint32_t life = life_;
  owner_.connected();
  if (life == life_ && has_input) {
    read_all(true);
  }
}

void Stream::fail(const std::string& why) {
  close();
  owner_.not_connected(why);
}

/// A short read has emptied the socket, and what comes after it has an event of its own; but not
/// the end, which may have come with the same event.
void Stream::read_all(bool until_end) {
  const std::span<char> buffer = poll_.buffer();
  const std::uint32_t life = life_;
  for (;;) {
    const Moved done = receive(buffer);
    if (done.status == Status::blocked) {
      return;
    }
    if (done.status != Status::done || done.bytes == 0) {
      close();
      owner_.ended(done.status != Status::failed);
      return;
    }
    owner_.received({buffer.data(), done.bytes});
    const bool is_empty = session_ == nullptr && done.bytes < buffer.size() && !until_end;
    if (life != life_ || is_empty) {
      return;
    }
  }
}

TlsSession::Moved Stream::receive(std::span<char> into) noexcept {
  return session_ != nullptr ? session_->read(into)
                             : moved(::recv(socket_, into.data(), into.size(), 0));
}

TlsSession::Moved Stream::put(std::string_view bytes) noexcept {
  return session_ != nullptr
             ? session_->write(bytes)
             : moved(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

void Stream::send_rest() {
  while (is_sending()) {
    const Moved done = put(std::string_view{unsent_}.substr(sent_));
    if (done.status == Status::blocked) {
      return;
    }
    if (done.status != Status::done) {
      break_off();
      return;
    }
    sent_ += done.bytes;
  }
  unsent_.clear();
  sent_ = 0;
}

// The read that this makes possible brings what the peer had said before, and after that the end.
void Stream::break_off() noexcept {
  unsent_.clear();
  sent_ = 0;
  ::shutdown(socket_, SHUT_RDWR);
}

}  // namespace queuemeter
