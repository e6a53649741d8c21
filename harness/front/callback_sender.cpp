// SPDX-License-Identifier: Apache-2.0
#include "harness/front/callback_sender.hpp"

#include "harness/net/http_response_parser.hpp"
#include "harness/net/watched_socket.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace queuemeter {
namespace {

/// How often attempts are looked through for those that take too long.
constexpr Duration scan_gap = std::chrono::milliseconds{100};

struct Address {
  sockaddr_storage storage{};
  socklen_t bytes = 0;
};

/// Nothing where the host is no address; "localhost" is one.
std::optional<Address> address_of(const HttpUrl& url) {
  const std::string host = url.host == "localhost" ? "127.0.0.1" : url.host;
  Address address;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(url.port);
    std::memcpy(&address.storage, &v4, sizeof v4);
    address.bytes = sizeof v4;
    return address;
  }
  if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(url.port);
    std::memcpy(&address.storage, &v6, sizeof v6);
    address.bytes = sizeof v6;
    return address;
  }
  return std::nullopt;
}

bool is_loopback(const Address& address) noexcept {
  if (address.storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address.storage, sizeof v4);
    return (ntohl(v4.sin_addr.s_addr) >> 24U) == 127;
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address.storage, sizeof v6);
  return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

std::string request_of(const HttpUrl& url, std::string_view lines, std::string_view body) {
  std::string text = "POST ";
  text.append(url.target).append(" HTTP/1.1\r\nHost: ").append(url.authority).append("\r\n");
  text.append("Content-Type: application/octet-stream\r\n").append(lines);
  text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
  return text.append(body);
}

}  // namespace

bool may_call_back(const HttpUrl& url, const CallbackRules& rules) {
  const auto address = address_of(url);
  return address && (rules.anywhere || is_loopback(*address));
}

/// One connection: closed, idle, or with one post under way. Never destroyed before the sender, so
/// that it may end its post from inside an event.
class CallbackSender::Connection final : private WatchedSocket::Owner {
 public:
  explicit Connection(CallbackSender& sender) : sender_{sender} {}
  ~Connection() { close(); }

  [[nodiscard]] bool is_open() const noexcept { return socket_ != nullptr; }
  [[nodiscard]] bool is_busy() const noexcept { return post_.has_value(); }
  [[nodiscard]] bool leads_to(const HttpUrl& url) const noexcept {
    return is_open() && authority_ == url.authority;
  }
  [[nodiscard]] Instant gives_up_at() const noexcept { return gives_up_at_; }

  void send(Post post, Instant gives_up_at) {
    post_ = std::move(post);
    gives_up_at_ = gives_up_at;
    sent_ = 0;
    parser_.reset();
    if (is_open()) {
      write();
    } else {
      connect();
    }
  }
  [[nodiscard]] Post take_post() { return *std::exchange(post_, std::nullopt); }
  void close() noexcept {
    if (socket_ != nullptr) {
      socket_->close();
      socket_.reset();
    }
  }

 private:
  void connect() {
    const auto to = address_of(post_->url);
    const int socket =
        ::socket(to->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    const bool begun =
        socket >= 0 &&
        (::connect(socket, reinterpret_cast<const sockaddr*>(&to->storage), to->bytes) == 0 ||
         errno == EINPROGRESS);
    if (!begun) {
      if (socket >= 0) {
        ::close(socket);
      }
      sender_.ended(*this, false);
      return;
    }
    authority_ = post_->url.authority;
    socket_ = watch_socket(sender_.loop_, socket, *this);
    socket_->wait_to_write();
  }

  void write() {
    const std::string_view rest = std::string_view{post_->request}.substr(sent_);
    const ssize_t taken = ::send(socket_->descriptor(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (taken < 0 && errno != EAGAIN && errno != EINTR) {
      fail();
      return;
    }
    sent_ += taken > 0 ? static_cast<std::size_t>(taken) : 0;
    if (sent_ < post_->request.size()) {
      socket_->wait_to_write();
    }
    socket_->wait_to_read();
  }

  void writable() override {
    if (post_) {
      write();  // a connection that could not be made says so here
    }
  }

  void readable() override {
    std::array<char, 4096> bytes;
    const ssize_t got = ::recv(socket_->descriptor(), bytes.data(), bytes.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
      socket_->wait_to_read();
      return;
    }
    if (got <= 0 || !post_) {
      fail();  // closed, or says what nobody asked
      return;
    }
    const auto count = static_cast<std::size_t>(got);
    const std::size_t used = parser_.feed({bytes.data(), count});
    if (parser_.failed()) {
      fail();
    } else if (!parser_.complete()) {
      socket_->wait_to_read();
    } else {
      if (parser_.keep_alive() && used == count && sent_ == post_->request.size()) {
        socket_->wait_to_read();
      } else {
        close();
      }
      sender_.ended(*this, parser_.status() >= 200 && parser_.status() < 300);
    }
  }

  void fail() {
    close();
    if (post_) {
      sender_.ended(*this, false);
    }
  }

  CallbackSender& sender_;
  boost::intrusive_ptr<WatchedSocket> socket_;
  std::string authority_;
  HttpResponseParser parser_;
  std::optional<Post> post_;
  std::size_t sent_ = 0;
  Instant gives_up_at_ = never;
};

CallbackSender::CallbackSender(boost::asio::io_context& loop, const Clock& clock,
                               const CallbackRules& rules)
    : loop_{loop}, clock_{clock}, rules_{rules} {}

CallbackSender::~CallbackSender() = default;

void CallbackSender::post(const HttpUrl& url, std::string_view lines, std::string_view body) {
  if (counts_.waiting >= rules_.waiting) {
    ++counts_.failed;
    return;
  }
  ++counts_.waiting;
  line_.push_back({.url = url, .request = request_of(url, lines, body)});
  begin_waiting();
}

void CallbackSender::begin_waiting() {
  while (!line_.empty()) {
    Connection* const connection = connection_for(line_.front().url);
    if (connection == nullptr) {
      return;
    }
    Post post = std::move(line_.front());
    line_.pop_front();
    begin(std::move(post), *connection);
  }
}

/// An idle connection to the same place, else a closed one, else another idle one, closed.
CallbackSender::Connection* CallbackSender::connection_for(const HttpUrl& url) {
  Connection* closed = nullptr;
  Connection* other = nullptr;
  for (const auto& connection : connections_) {
    if (connection->is_busy()) {
      continue;
    }
    if (connection->leads_to(url)) {
      return connection.get();
    }
    (connection->is_open() ? other : closed) = connection.get();
  }
  if (closed == nullptr && connections_.size() < rules_.in_flight) {
    connections_.push_back(std::make_unique<Connection>(*this));
    closed = connections_.back().get();
  }
  if (closed == nullptr && other != nullptr) {
    other->close();
    closed = other;
  }
  return closed;
}

void CallbackSender::begin(Post post, Connection& connection) {
  --counts_.waiting;
  ++counts_.in_flight;
  counts_.retried += post.attempts > 0 ? 1U : 0U;
  ++post.attempts;
  const Instant now = clock_.now();
  scan_at_ = std::min(scan_at_, now + scan_gap);
  connection.send(std::move(post), now + rules_.timeout);
}

void CallbackSender::ended(Connection& connection, bool is_good) {
  Post post = connection.take_post();
  --counts_.in_flight;
  if (is_good) {
    ++counts_.sent;
  } else if (post.attempts >= rules_.attempts) {
    ++counts_.failed;
  } else {
    ++counts_.waiting;
    post.due_at = clock_.now() + rules_.pause * (std::int64_t{1} << (post.attempts - 1));
    pausing_.push_back(std::move(post));
    std::push_heap(pausing_.begin(), pausing_.end(), is_later);
  }
  if (is_good) {
    begin_waiting();
  }
}

Instant CallbackSender::step(Instant now) {
  if (now >= scan_at_) {
    for (const auto& connection : connections_) {
      if (connection->is_busy() && connection->gives_up_at() <= now) {
        connection->close();
        ended(*connection, false);
      }
    }
    scan_at_ = counts_.in_flight > 0 ? now + scan_gap : never;
  }
  while (!pausing_.empty() && pausing_.front().due_at <= now) {
    std::pop_heap(pausing_.begin(), pausing_.end(), is_later);
    line_.push_front(std::move(pausing_.back()));
    pausing_.pop_back();
  }
  begin_waiting();
  return std::min(scan_at_, pausing_.empty() ? never : pausing_.front().due_at);
}

}  // namespace queuemeter
