// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/brokers/redis_connection.hpp"

#include "harness/call/in_quotes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace queuemeter::queues {
namespace {

constexpr std::size_t encrypted_bytes = std::size_t{32} * 1024;

/// What a server's error says about us. The first word is the kind; the rest may repeat arguments
/// (and so a password) and is never shown for AUTH.
LinkFailure failure_of(std::string_view command, std::string_view error) {
  const std::string_view word = error.substr(0, error.find(' '));
  if (word == "LOADING" || word == "MASTERDOWN" || word == "BUSY" || word == "DENIED" ||
      error.find("max number of clients") != std::string_view::npos) {
    return LinkFailure::not_ready;
  }
  if (command == "AUTH" || word == "NOAUTH" || word == "WRONGPASS") {
    return LinkFailure::credentials;
  }
  if (command == "SELECT") {
    return LinkFailure::database;
  }
  return LinkFailure::none;  // a server that does not let us have a name serves us all the same
}

}  // namespace

Result<RedisServer> find_redis_server(RedisTarget target) {
  RedisServer server;
  server.target = std::move(target);
  if (server.target.tls) {
    Result<std::unique_ptr<TlsContext>> tls =
        make_tls_context(server.target.ca_file, server.target.insecure);
    if (!tls) {
      return tls.error();
    }
    server.tls = std::move(*tls);
  }
  Result<std::vector<SocketEndpoint>> addresses = resolve(server.target);
  if (!addresses) {
    return addresses.error();
  }
  server.addresses = std::move(*addresses);
  return server;
}

RedisConnection::RedisConnection(const RedisServer& server, const Clock& clock, std::string name,
                                 RespLimits limits)
    : server_{server}, clock_{clock}, name_{std::move(name)}, reader_{limits} {}

void RedisConnection::open() {
  close();
  opened_at_ = clock_.now();
  address_ = 0;
  connect_next();
}

void RedisConnection::drop() noexcept {
  if (descriptor_ >= 0) {
    ::shutdown(descriptor_, SHUT_RDWR);  // an event loop may hold a second descriptor of it
    ::close(descriptor_);
    descriptor_ = -1;
  }
  state_ = State::closed;
  tls_.reset();
  wire_.clear();
  out_.clear();
}

void RedisConnection::close() noexcept {
  drop();
  reader_.reset();
  failure_ = LinkFailure::none;
}

// Replies that came before the end stay readable until it is opened again.
void RedisConnection::fail(LinkFailure failure, std::string_view text) {
  drop();
  failure_ = failure;
  failure_text_ = text;
}

void RedisConnection::connect_next() {
  int error = ECONNREFUSED;
  while (address_ < server_.addresses.size()) {
    const SocketEndpoint& to = server_.addresses[address_++];
    descriptor_ = ::socket(to.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor_ < 0) {
      error = errno;
      continue;
    }
    ++socket_number_;
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_storage address = to.storage;
    if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), to.bytes) == 0) {
      connected();
      return;
    }
    if (errno == EINPROGRESS) {
      state_ = State::connecting;
      return;
    }
    error = errno;
    drop();
  }
  fail(LinkFailure::unreachable, std::strerror(error));
}

void RedisConnection::connected() {
  if (server_.tls == nullptr) {
    greet();
    return;
  }
  state_ = State::securing;
  encrypted_.resize(encrypted_bytes);
  tls_ = server_.tls->begin(server_.target.host);
  static_cast<void>(tls_->handshake());  // its first message; failures show with the first answer
  flush();
}

void RedisConnection::greet() {
  state_ = State::greeting;
  const RedisTarget& target = server_.target;
  greetings_ = greeted_ = 0;
  if (!target.password.empty()) {
    greeting_[greetings_++] = "AUTH";
    if (target.user.empty()) {
      append_resp_command(out_, {"AUTH", target.password});
    } else {
      append_resp_command(out_, {"AUTH", target.user, target.password});
    }
  }
  if (target.database != 0) {
    greeting_[greetings_++] = "SELECT";
    append_resp_command(out_, {"SELECT", std::to_string(target.database)});
  }
  greeting_[greetings_++] = "CLIENT";
  append_resp_command(out_, {"CLIENT", "SETNAME", name_});
  flush();
}

void RedisConnection::read_greeting() {
  RespItem item;
  while (state_ == State::greeting && next(item) == RespReader::Status::item) {
    if (item.kind == RespItem::Kind::error) {
      const LinkFailure failure = failure_of(greeting_[greeted_], item.text);
      if (failure != LinkFailure::none) {
        const std::string word{item.text.substr(0, item.text.find(' '))};
        fail(failure, failure == LinkFailure::credentials ? word : one_line(item.text));
        return;
      }
    }
    if (++greeted_ == greetings_) {
      state_ = State::ready;
    }
  }
}

bool RedisConnection::wants_write() const noexcept {
  return state_ == State::connecting ||
         (state_ != State::closed && (tls_ == nullptr ? out_.size() : wire_.size()) > 0);
}

void RedisConnection::on_writable() {
  if (state_ != State::connecting) {
    flush();
    return;
  }
  int error = 0;
  socklen_t bytes = sizeof error;
  ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &bytes);
  if (error == 0) {
    connected();
    return;
  }
  drop();
  if (address_ < server_.addresses.size()) {
    connect_next();
  } else {
    fail(LinkFailure::unreachable, std::strerror(error));
  }
}

std::span<char> RedisConnection::space() {
  return tls_ == nullptr ? reader_.space() : std::span{encrypted_};
}

void RedisConnection::received(std::size_t bytes) {
  if (bytes == 0) {
    fail(LinkFailure::disconnected, "the server closed the connection");
    return;
  }
  if (tls_ == nullptr) {
    reader_.received(bytes);
  } else {
    tls_->received({encrypted_.data(), bytes});
    if (state_ == State::securing) {
      const TlsSession::Status status = tls_->handshake();
      flush();
      if (status == TlsSession::Status::failed && state_ != State::closed) {
        fail(LinkFailure::tls, std::string{tls_->failure()});
      } else if (status == TlsSession::Status::established && state_ != State::closed) {
        greet();
      }
    }
    while (state_ == State::greeting || state_ == State::ready) {
      const std::size_t plain = tls_->read(reader_.space());
      if (plain == 0) {
        break;
      }
      reader_.received(plain);
    }
    if (tls_ != nullptr && !tls_->failure().empty()) {
      fail(LinkFailure::disconnected, std::string{tls_->failure()});
    }
  }
  if (state_ == State::greeting) {
    read_greeting();
  }
}

bool RedisConnection::receive() {
  if (state_ == State::closed || state_ == State::connecting) {
    return false;
  }
  const std::span<char> to = space();
  const ssize_t bytes = ::recv(descriptor_, to.data(), to.size(), MSG_DONTWAIT);
  if (bytes < 0) {
    if (errno == EAGAIN || errno == EINTR) {
      return false;
    }
    fail(LinkFailure::disconnected, std::strerror(errno));
    return true;
  }
  received(static_cast<std::size_t>(bytes));
  return true;
}

Instant RedisConnection::expires_at() const noexcept {
  return state_ == State::closed || state_ == State::ready
             ? never
             : opened_at_ + server_.target.connect_timeout;
}

void RedisConnection::expire(Instant now) {
  if (now >= expires_at()) {
    fail(LinkFailure::timed_out, "no answer within the connect timeout");
  }
}

void RedisConnection::flush() {
  if (state_ == State::closed || state_ == State::connecting) {
    return;
  }
  if (tls_ != nullptr) {
    if (out_.size() > 0 && state_ != State::securing) {
      if (!tls_->write(out_.unread())) {
        fail(LinkFailure::disconnected, std::string{tls_->failure()});
        return;
      }
      out_.clear();
    }
    tls_->take_unsent(wire_);
  }
  ByteBuffer& from = tls_ == nullptr ? out_ : wire_;
  while (from.size() > 0) {
    const std::string_view bytes = from.unread();
    const ssize_t sent =
        ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno != EAGAIN && errno != EINTR) {
        fail(LinkFailure::disconnected, std::strerror(errno));
      }
      return;
    }
    from.consume(static_cast<std::size_t>(sent));
    if (static_cast<std::size_t>(sent) < bytes.size()) {
      return;  // the socket is full; it says when it is not
    }
  }
}

RespReader::Status RedisConnection::next(RespItem& item) {
  const RespReader::Status status = reader_.next(item);
  if (status == RespReader::Status::malformed && state_ != State::closed) {
    fail(LinkFailure::protocol, "the answer is not RESP2");
  }
  return status;
}

RedisConnection::Awaited RedisConnection::await(Instant until, int wake) {
  const Instant limit = std::min(until, expires_at());
  std::array<pollfd, 2> watched{
      pollfd{descriptor_, static_cast<short>(wants_write() ? POLLIN | POLLOUT : POLLIN), 0},
      pollfd{wake, POLLIN, 0}};
  // Compared before it is subtracted: a limit long past (a spin's) or never has no difference.
  constexpr Duration longest = std::chrono::seconds{60};
  const Instant now = clock_.now();
  const Duration left = limit <= now                               ? Duration{0}
                        : limit == never || limit - now >= longest ? longest
                                                                   : limit - now;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  const timespec timeout{seconds.count(), (left - seconds).count()};
  const int ready = ::ppoll(watched.data(), watched.size(), &timeout, nullptr);
  if (ready <= 0) {
    expire(clock_.now());
    return is_closed() ? Awaited::progress : Awaited::timed_out;
  }
  if ((watched[0].revents & (POLLOUT | POLLERR | POLLHUP)) != 0 && wants_write()) {
    on_writable();
  }
  if ((watched[0].revents & (POLLIN | POLLERR | POLLHUP)) != 0) {
    receive();
  }
  return watched[0].revents != 0 ? Awaited::progress : Awaited::woken;
}

bool RedisConnection::open_and_await() {
  open();
  while (!is_ready() && !is_closed()) {
    await(never);
  }
  return is_ready();
}

Error RedisConnection::error() const {
  const std::string where = server_.target.shown();
  switch (failure_) {
    case LinkFailure::credentials:
      return Error::usage(fmt::format(
          "the Redis server {} refused the user or the password ({}); check them in queue.use",
          where, failure_text_));
    case LinkFailure::database:
      return Error::usage(fmt::format(
          "the Redis server {} has no such database ({}); give another number in queue.use", where,
          failure_text_));
    case LinkFailure::tls:
      return Error::unavailable(
          fmt::format("no TLS session with the Redis server {} ({}); check its certificate and "
                      "queue.options.ca",
                      where, failure_text_));
    case LinkFailure::protocol:
      return Error::unavailable(fmt::format(
          "what answers at {} is no Redis server ({}); check the port, and rediss:// for TLS",
          where, failure_text_));
    case LinkFailure::not_ready:
      return Error::unavailable(
          fmt::format("the Redis server {} is not ready ({}); try again", where, failure_text_));
    case LinkFailure::none:
    case LinkFailure::unreachable:
    case LinkFailure::timed_out:
    case LinkFailure::disconnected:
      return Error::unavailable(
          fmt::format("the Redis server {} was not reached ({}); start it, or correct queue.use",
                      where, failure_text_.empty() ? "the connection is closed" : failure_text_));
  }
  return Error::unavailable(failure_text_);
}

}  // namespace queuemeter::queues
