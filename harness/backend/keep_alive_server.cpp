// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/keep_alive_server.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace queuemeter {
namespace {

constexpr std::size_t stack_bytes = std::size_t{256} * 1024;
constexpr int accept_backlog = 1024;
constexpr std::time_t patience_seconds = 5;  // within a request; between requests there is no limit
constexpr std::size_t answer_limit = std::size_t{64} * 1024;

thread_local KeepAliveServer::Connection* connection_of_this_thread = nullptr;

/// What the library reads requests from and writes answers to. Reads are buffered, because the
/// library reads a head byte by byte; an answer leaves in one piece.
class SocketStream final : public httplib::Stream {
 public:
  explicit SocketStream(const KeepAliveServer::Connection& connection) : connection_{connection} {}

  [[nodiscard]] bool is_readable() const override { return true; }
  [[nodiscard]] bool is_writable() const override {
    return !KeepAliveServer::client_has_left(connection_.socket);
  }
  ssize_t read(char* to, std::size_t size) override {
    if (first_ == last_) {
      // The client may wait for an interim answer ("100 Continue") before it goes on.
      if (!flush()) {
        return -1;
      }
      const ssize_t got = ::recv(connection_.socket, buffer_.data(), buffer_.size(), 0);
      if (got <= 0) {
        return got;
      }
      first_ = 0;
      last_ = static_cast<std::size_t>(got);
    }
    const std::size_t taken = std::min(size, last_ - first_);
    std::copy_n(buffer_.data() + first_, taken, to);
    first_ += taken;
    return static_cast<ssize_t>(taken);
  }
  ssize_t write(const char* from, std::size_t size) override {
    answer_.append(from, size);
    return answer_.size() > answer_limit && !flush() ? -1 : static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip = connection_.remote_address;
    port = connection_.remote_port;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  [[nodiscard]] socket_t socket() const override { return connection_.socket; }

  [[nodiscard]] bool has_input() const noexcept { return first_ != last_; }
  [[nodiscard]] bool flush() {
    std::size_t sent = 0;
    while (sent < answer_.size()) {
      const ssize_t taken =
          ::send(connection_.socket, answer_.data() + sent, answer_.size() - sent, MSG_NOSIGNAL);
      if (taken < 0 && errno == EINTR) {
        continue;
      }
      if (taken <= 0) {
        return false;
      }
      sent += static_cast<std::size_t>(taken);
    }
    answer_.clear();
    return true;
  }

 private:
  const KeepAliveServer::Connection& connection_;
  std::string answer_;
  std::size_t first_ = 0;
  std::size_t last_ = 0;
  std::array<char, 4096> buffer_;
};

/// Lets the accepting thread start connections itself.
class AtOnce final : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> task) override { task(); }
  void shutdown() override {}
};

void set_up(int socket) {
  const int yes = 1;
  const timeval patience{patience_seconds, 0};
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

void learn_peer(KeepAliveServer::Connection& connection) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(connection.socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return;
  }
  std::array<char, 64> host{};
  std::array<char, 16> port{};
  if (::getnameinfo(reinterpret_cast<sockaddr*>(&address), size, host.data(), host.size(),
                    port.data(), port.size(), NI_NUMERICHOST | NI_NUMERICSERV) == 0) {
    connection.remote_address = host.data();
    connection.remote_port = std::atoi(port.data());
  }
}

/// Sleeps until a request, or the end of the connection, is there.
bool wait_for_request(int socket) {
  pollfd wanted{socket, POLLIN, 0};
  while (::poll(&wanted, 1, -1) < 0) {
    if (errno != EINTR) {
      return false;
    }
  }
  return (wanted.revents & POLLIN) != 0;
}

}  // namespace

KeepAliveServer::KeepAliveServer(std::size_t connections) : limit_{connections} {
  new_task_queue = [] { return new AtOnce; };
  set_keep_alive_max_count(std::numeric_limits<std::uint32_t>::max());
  set_keep_alive_timeout(24 * 3600);  // what the answers say; nothing here ends an idle connection
  // SO_REUSEADDR alone: the library's SO_REUSEPORT would let two servers share one port unnoticed.
  set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
}

KeepAliveServer::~KeepAliveServer() { shut_connections(); }

int KeepAliveServer::bind(const std::string& host, int port) {
  errno = 0;
  const int bound = port == 0 ? bind_to_any_port(host) : (bind_to_port(host, port) ? port : -1);
  // The library listens with room for 5; listening again only changes that number.
  if (bound >= 0 && ::listen(svr_sock_, accept_backlog) != 0) {
    return -1;
  }
  return bound;
}

KeepAliveServer::Connection& KeepAliveServer::current_connection() {
  return *connection_of_this_thread;
}

bool KeepAliveServer::client_has_left(int socket) noexcept {
  char byte = 0;
  const ssize_t seen = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return seen == 0 || (seen < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void KeepAliveServer::wait_until_client_has_left(int socket) noexcept {
  pollfd wanted{socket, POLLRDHUP, 0};
  while (::poll(&wanted, 1, -1) < 0 && errno == EINTR) {
  }
}

void KeepAliveServer::shut_connections() {
  {
    const std::scoped_lock lock{mutex_};
    is_shut_ = true;
    for (const Served& served : serving_) {
      ::shutdown(served.socket, SHUT_RDWR);  // wakes the thread, which closes the socket itself
    }
  }
  for (;;) {
    Served* first = nullptr;
    {
      const std::scoped_lock lock{mutex_};
      ServedList& list = serving_.empty() ? finished_ : serving_;
      if (list.empty()) {
        return;
      }
      first = &list.front();
    }
    ::pthread_join(first->thread, nullptr);
    // The thread has moved its entry to the finished ones, as the last thing it did.
    const std::scoped_lock lock{mutex_};
    finished_.remove_if([first](const Served& served) { return &served == first; });
  }
}

KeepAliveServer::Counts KeepAliveServer::counts() {
  const std::scoped_lock lock{mutex_};
  return {serving_.size(), refused_};
}

// Called by the accepting thread.
bool KeepAliveServer::process_and_close_socket(socket_t socket) {
  join_finished();
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, stack_bytes);
  const std::scoped_lock lock{mutex_};
  bool serves = false;
  if (!is_shut_ && serving_.size() < limit_) {
    serving_.push_back({this, socket, {}});
    Served& served = serving_.back();
    serves = ::pthread_create(&served.thread, &attributes, &KeepAliveServer::run, &served) == 0;
    if (!serves) {
      serving_.pop_back();
    }
  }
  ::pthread_attr_destroy(&attributes);
  if (!serves) {
    ++refused_;
    ::close(socket);
  }
  return serves;
}

void KeepAliveServer::join_finished() {
  ServedList ended;
  {
    const std::scoped_lock lock{mutex_};
    ended.swap(finished_);
  }
  for (const Served& served : ended) {
    ::pthread_join(served.thread, nullptr);
  }
}

void* KeepAliveServer::run(void* argument) {
  Served& served = *static_cast<Served*>(argument);
  KeepAliveServer& server = *served.server;
  // The default slack of 50 us would make every service time 50 us too long.
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  server.serve(served);
  const std::scoped_lock lock{server.mutex_};
  ::close(served.socket);  // under the mutex, so that nobody shuts a reused descriptor
  const auto self = std::find_if(server.serving_.begin(), server.serving_.end(),
                                 [&served](const Served& other) { return &other == &served; });
  server.finished_.splice(server.finished_.end(), server.serving_, self);
  return nullptr;
}

void KeepAliveServer::serve(Served& served) {
  set_up(served.socket);
  Connection connection{served.socket, {}, 0, false, nullptr};
  learn_peer(connection);
  SocketStream stream{connection};
  connection.stream = &stream;
  connection_of_this_thread = &connection;
  bool goes_on = true;
  while (goes_on && (stream.has_input() || wait_for_request(served.socket))) {
    bool closed = false;
    goes_on = process_request(stream, false, closed, nullptr) && !closed && stream.flush() &&
              !connection.closes_after_answer;
  }
  static_cast<void>(stream.flush());  // an answer to a faulty request, which ends the connection
  connection_of_this_thread = nullptr;
}

}  // namespace queuemeter
