// SPDX-License-Identifier: Apache-2.0
#include "harness/net/http_server.hpp"

#include "harness/net/handler_memory.hpp"
#include "harness/net/listening_socket.hpp"
#include "harness/net/served_connection.hpp"
#include "harness/net/watched_socket.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace queuemeter {
namespace {

/// Time limits are kept to a second: each tick looks at a tenth of the connections.
constexpr auto tick = std::chrono::milliseconds{100};
constexpr std::size_t ticks_per_round = 10;
/// Connections accepted before those that are served get a turn.
constexpr int accepted_at_once = 64;

PeerAddress peer_of(const sockaddr_storage& address) noexcept {
  PeerAddress peer;
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    std::memcpy(peer.bytes.data(), &v6.sin6_addr, peer.bytes.size());
  } else {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    peer.bytes[10] = 0xFF;
    peer.bytes[11] = 0xFF;
    std::memcpy(&peer.bytes[12], &v4.sin_addr, 4);
  }
  return peer;
}

/// The connection is ours to close; what it wanted to say is not awaited.
void turn_away(int socket) noexcept {
  constexpr std::string_view answer =
      "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n"
      "Connection: close\r\n\r\n";
  static_cast<void>(::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
  ::close(socket);
}

class AsioServer final : public HttpServer, private WatchedSocket::Owner {
 public:
  AsioServer(boost::asio::io_context& loop, const Clock& clock, HttpServerSettings settings,
             Handler& handler)
      : loop_{loop},
        traffic_{new ServedTraffic{std::move(settings), clock, handler}},
        alarm_{new Alarm{loop}} {}
  ~AsioServer() override;

  [[nodiscard]] Result<void> listen();
  [[nodiscard]] std::uint16_t port() const noexcept override { return port_; }
  [[nodiscard]] HttpServerCounts counts() const noexcept override { return traffic_->counts; }
  void drain() override;

 private:
  /// The timer of the sweeps. Outlives the server while it is pending.
  struct Alarm : boost::intrusive_ref_counter<Alarm, boost::thread_unsafe_counter> {
    using Timer =
        boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                          boost::asio::wait_traits<std::chrono::steady_clock>,
                                          boost::asio::io_context::executor_type>;
    explicit Alarm(boost::asio::io_context& loop) : timer{loop} {}
    Timer timer;
    HandlerSlots<256, 1> memory;
    AsioServer* server = nullptr;  // set while it is pending
  };
  struct Ring {
    using allocator_type = HandlerSlots<256, 1>::Allocator<std::byte>;
    [[nodiscard]] allocator_type get_allocator() const noexcept {
      return alarm->memory.allocator();
    }
    void operator()(const boost::system::error_code&) {
      if (AsioServer* const server = std::exchange(alarm->server, nullptr)) {
        server->sweep();
      }
    }
    boost::intrusive_ptr<Alarm> alarm;
  };

  void readable() override;
  void writable() override {}
  [[nodiscard]] bool accept_one();
  void set_alarm();
  void sweep();

  boost::asio::io_context& loop_;
  boost::intrusive_ptr<ServedTraffic> traffic_;
  boost::intrusive_ptr<WatchedSocket> listener_;  // null when drained
  boost::intrusive_ptr<Alarm> alarm_;
  std::uint16_t port_ = 0;
  std::size_t swept_ = 0;           // the connections before it have been looked at in this round
  bool is_out_of_sockets_ = false;  // the system had no descriptor for a further connection
};

AsioServer::~AsioServer() {
  if (listener_) {
    listener_->close();
  }
  while (!traffic_->connections.empty()) {
    traffic_->connections.back()->close();
  }
  alarm_->server = nullptr;
  alarm_->timer.cancel();
}

Result<void> AsioServer::listen() {
  const auto listening =
      listen_on(traffic_->settings.host, traffic_->settings.port, traffic_->settings.shares_port);
  if (listening.has_error()) {
    return listening.error();
  }
  port_ = listening->port;
  listener_ = watch_socket(loop_, listening->descriptor, *this);
  listener_->wait_to_read();
  return {};
}

void AsioServer::readable() {
  traffic_->now = traffic_->clock.now();
  int accepted = 0;
  while (accepted < accepted_at_once && accept_one()) {
    ++accepted;
  }
  if (!is_out_of_sockets_) {
    listener_->wait_to_read();
  }
}

bool AsioServer::accept_one() {
  sockaddr_storage address{};
  socklen_t bytes = sizeof address;
  const int socket = ::accept4(listener_->descriptor(), reinterpret_cast<sockaddr*>(&address),
                               &bytes, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket < 0) {
    is_out_of_sockets_ = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    if (is_out_of_sockets_) {
      set_alarm();  // the next tick tries again
    }
    return errno == ECONNABORTED || errno == EINTR;
  }
  if (traffic_->connections.size() >= traffic_->settings.connections) {
    ++traffic_->counts.refused;
    turn_away(socket);
    return true;
  }
  const int yes = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  ++traffic_->counts.accepted;
  ServedConnection& connection = traffic_->add_connection();
  connection.open(watch_socket(loop_, socket, connection), peer_of(address));
  set_alarm();
  return true;
}

void AsioServer::set_alarm() {
  if (alarm_->server == nullptr) {
    alarm_->server = this;
    alarm_->timer.expires_after(tick);
    alarm_->timer.async_wait(Ring{alarm_});
  }
}

void AsioServer::sweep() {
  traffic_->now = traffic_->clock.now();
  traffic_->drop_spares();
  auto& connections = traffic_->connections;
  std::size_t left = connections.size() / ticks_per_round + 1;
  for (; left > 0 && !connections.empty(); --left) {
    swept_ = swept_ < connections.size() ? swept_ : 0;
    // One that closes leaves its place to another.
    const ServedConnection* const looked_at = connections[swept_].get();
    connections[swept_]->check_time();
    swept_ += swept_ < connections.size() && connections[swept_].get() == looked_at ? 1U : 0U;
  }
  if (is_out_of_sockets_ && listener_) {
    is_out_of_sockets_ = false;
    listener_->wait_to_read();
  }
  if (!connections.empty() || is_out_of_sockets_) {
    set_alarm();
  }
}

void AsioServer::drain() {
  if (!listener_) {
    return;
  }
  traffic_->is_draining = true;
  listener_->close();
  listener_.reset();
  for (std::size_t place = traffic_->connections.size(); place-- > 0;) {
    traffic_->connections[place]->drain();
  }
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(boost::asio::io_context& loop,
                                                      const Clock& clock,
                                                      HttpServerSettings settings,
                                                      Handler& handler) {
  auto server = std::make_unique<AsioServer>(loop, clock, std::move(settings), handler);
  if (const auto listening = server->listen(); listening.has_error()) {
    return listening.error();
  }
  return std::unique_ptr<HttpServer>{std::move(server)};
}

}  // namespace queuemeter
