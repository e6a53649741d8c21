// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/keep_alive_server.hpp"

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <limits>
#include <list>
#include <mutex>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace queuemeter {
namespace {

constexpr std::size_t stack_bytes = std::size_t{256} * 1024;
constexpr int accept_backlog = 1024;
constexpr std::time_t patience_seconds = 5;  // within a request; between requests there is no limit
constexpr std::size_t answer_limit = std::size_t{64} * 1024;

/// What the library reads requests from and writes answers to. Reads are buffered, because the
/// library reads a head byte by byte; an answer leaves in one piece.
class SocketStream final : public httplib::Stream {
 public:
  explicit SocketStream(int socket) : socket_{socket} { learn_peer(); }

  [[nodiscard]] bool is_readable() const override { return true; }
  [[nodiscard]] bool is_writable() const override {
    return !KeepAliveServer::client_has_left(socket_);
  }
  ssize_t read(char* to, std::size_t size) override {
    if (first_ == last_) {
      // The client may wait for an interim answer ("100 Continue") before it goes on.
      if (!flush()) {
        return -1;
      }
      const ssize_t got = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
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
    ip = remote_address_;
    port = remote_port_;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  [[nodiscard]] socket_t socket() const override { return socket_; }

  [[nodiscard]] bool has_input() const noexcept { return first_ != last_; }
  [[nodiscard]] bool flush() {
    std::size_t sent = 0;
    while (sent < answer_.size()) {
      const ssize_t taken =
          ::send(socket_, answer_.data() + sent, answer_.size() - sent, MSG_NOSIGNAL);
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
  void learn_peer() {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    std::array<char, 64> host{};
    std::array<char, 16> port{};
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::getpeername(socket_, generic, &size) == 0 &&
        ::getnameinfo(generic, size, host.data(), host.size(), port.data(), port.size(),
                      NI_NUMERICHOST | NI_NUMERICSERV) == 0) {
      remote_address_ = host.data();
      remote_port_ = std::atoi(port.data());
    }
  }

  const int socket_;
  std::string remote_address_;
  int remote_port_ = 0;
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

/// Reads the body of the request, so that the next request on this connection starts where it
/// does; false when its length is not known or it did not come.
bool drop_body(const httplib::Request& request, httplib::Stream& stream) {
  if (request.has_header("Transfer-Encoding")) {
    return false;
  }
  if (!request.has_header("Content-Length")) {
    return true;
  }
  const std::string text = request.get_header_value("Content-Length");
  const char* const end = text.data() + text.size();
  std::uint64_t left = 0;
  const auto [stop, failure] = std::from_chars(text.data(), end, left);
  if (text.empty() || failure != std::errc{} || stop != end) {
    return false;
  }
  std::array<char, 4096> dropped{};
  while (left > 0) {
    const ssize_t got = stream.read(dropped.data(), std::min<std::uint64_t>(left, dropped.size()));
    if (got <= 0) {
      return false;
    }
    left -= static_cast<std::uint64_t>(got);
  }
  return true;
}

/// What the library's handler, which is told only the request, needs to know besides.
struct ConnectionInService {
  KeepAliveServer::Connection connection;
  SocketStream stream;
};
thread_local ConnectionInService* in_service = nullptr;

}  // namespace

class KeepAliveServer::Engine final : private httplib::Server {
 public:
  Engine(std::size_t connections, KeepAliveServer::Handler handler);
  ~Engine() override { stop_all(); }

  [[nodiscard]] Result<std::uint16_t> start(const std::string& host, std::uint16_t port);
  void stop_all();
  [[nodiscard]] Counts counts();

 private:
  struct Served {
    Engine* engine = nullptr;
    int socket = -1;
    pthread_t thread{};
  };
  using ServedList = std::list<Served>;

  bool process_and_close_socket(socket_t socket) override;
  [[nodiscard]] bool start_thread(Served& served);
  void serve(int socket);
  void answer(const httplib::Request& request, httplib::Response& response);
  void shut_connections();
  void join_finished();
  static void* run(void* served);

  const std::size_t limit_;
  const KeepAliveServer::Handler handler_;
  std::mutex stopping_;  // guards `accepting_` after `start`
  std::thread accepting_;
  std::mutex mutex_;  // guards everything below
  ServedList serving_;
  ServedList finished_;  // their threads have nothing left to do but end
  std::uint64_t refused_ = 0;
  bool is_shut_ = false;
};

KeepAliveServer::Engine::Engine(std::size_t connections, KeepAliveServer::Handler handler)
    : limit_{connections}, handler_{std::move(handler)} {
  new_task_queue = [] { return new AtOnce; };  // the library owns and deletes it
  set_keep_alive_max_count(std::numeric_limits<std::uint32_t>::max());
  set_keep_alive_timeout(std::time_t{24} *
                         3600);  // what the answers say; nothing here ends an idle connection
  // SO_REUSEADDR alone: the library's SO_REUSEPORT would let two servers share one port unnoticed.
  set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  // Before the library's own routing, which matches regular expressions by recursion: a long path
  // would not fit into a small stack.
  set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    answer(request, response);
    return HandlerResponse::Handled;
  });
}

Result<std::uint16_t> KeepAliveServer::Engine::start(const std::string& host, std::uint16_t port) {
  errno = 0;
  const int bound = port == 0 ? bind_to_any_port(host) : (bind_to_port(host, port) ? port : -1);
  // The library listens with room for 5; listening again only changes that number.
  if (bound < 0 || ::listen(svr_sock_, accept_backlog) != 0) {
    const char* const reason = errno == 0 ? "no such address" : std::strerror(errno);
    return Error::unavailable(
        fmt::format("cannot listen on {}:{} ({}); choose a free port, or 0 for any, and an address "
                    "of this host",
                    host, port, reason));
  }
  accepting_ = std::thread{[this] { listen_after_bind(); }};
  // Stopping has no effect on a server that does not run yet.
  while (!is_running()) {
    std::this_thread::yield();
  }
  return static_cast<std::uint16_t>(bound);
}

void KeepAliveServer::Engine::stop_all() {
  const std::scoped_lock lock{stopping_};
  if (accepting_.joinable()) {
    stop();
    accepting_.join();
    shut_connections();
  }
}

void KeepAliveServer::Engine::shut_connections() {
  {
    const std::scoped_lock lock{mutex_};
    is_shut_ = true;
    for (const Served& served : serving_) {
      ::shutdown(served.socket, SHUT_RDWR);  // wakes the thread, which closes the socket itself
    }
  }
  for (;;) {
    const Served* first = nullptr;
    {
      const std::scoped_lock lock{mutex_};
      const ServedList& list = serving_.empty() ? finished_ : serving_;
      if (list.empty()) {
        return;
      }
      first = &list.front();
    }
    ::pthread_join(first->thread, nullptr);
    // The last thing the thread did was to move its entry to the finished ones.
    const std::scoped_lock lock{mutex_};
    finished_.remove_if([first](const Served& served) { return &served == first; });
  }
}

KeepAliveServer::Counts KeepAliveServer::Engine::counts() {
  const std::scoped_lock lock{mutex_};
  return {serving_.size(), refused_};
}

// Called by the accepting thread.
bool KeepAliveServer::Engine::process_and_close_socket(socket_t socket) {
  join_finished();
  const std::scoped_lock lock{mutex_};
  if (!is_shut_ && serving_.size() < limit_) {
    serving_.push_back({this, socket, {}});
    if (start_thread(serving_.back())) {
      return true;
    }
    serving_.pop_back();
  }
  ++refused_;
  ::close(socket);
  return false;
}

bool KeepAliveServer::Engine::start_thread(Served& served) {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, stack_bytes);
  const int failure = ::pthread_create(&served.thread, &attributes, &Engine::run, &served);
  ::pthread_attr_destroy(&attributes);
  return failure == 0;
}

void KeepAliveServer::Engine::join_finished() {
  ServedList ended;
  {
    const std::scoped_lock lock{mutex_};
    ended.swap(finished_);
  }
  for (const Served& served : ended) {
    ::pthread_join(served.thread, nullptr);
  }
}

void* KeepAliveServer::Engine::run(void* argument) {
  Served& served = *static_cast<Served*>(argument);
  Engine& engine = *served.engine;
  // The default slack of 50 us would make every service time 50 us too long.
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  engine.serve(served.socket);
  const std::scoped_lock lock{engine.mutex_};
  ::close(served.socket);  // under the mutex, so that nobody shuts a reused descriptor
  const auto self = std::find_if(engine.serving_.begin(), engine.serving_.end(),
                                 [&served](const Served& other) { return &other == &served; });
  engine.finished_.splice(engine.finished_.end(), engine.serving_, self);
  return nullptr;
}

void KeepAliveServer::Engine::serve(int socket) {
  set_up(socket);
  ConnectionInService current{{socket, false}, SocketStream{socket}};
  in_service = &current;
  bool goes_on = true;
  while (goes_on && (current.stream.has_input() || wait_for_request(socket))) {
    bool closed = false;
    goes_on = process_request(current.stream, false, closed, nullptr) && !closed &&
              current.stream.flush() && !current.connection.closes_after_answer;
  }
  static_cast<void>(current.stream.flush());  // the answer to a request that ends the connection
  in_service = nullptr;
}

void KeepAliveServer::Engine::answer(const httplib::Request& request, httplib::Response& response) {
  if (drop_body(request, in_service->stream)) {
    handler_(request, response, in_service->connection);
    return;
  }
  in_service->connection.closes_after_answer = true;
  response.status = 411;
  response.set_content("this server wants a Content-Length and as many bytes\n", "text/plain");
}

KeepAliveServer::KeepAliveServer(std::size_t connections, Handler handler)
    : engine_{std::make_unique<Engine>(connections, std::move(handler))} {}

KeepAliveServer::~KeepAliveServer() = default;

Result<std::uint16_t> KeepAliveServer::start(const std::string& host, std::uint16_t port) {
  return engine_->start(host, port);
}

void KeepAliveServer::stop() { engine_->stop_all(); }

KeepAliveServer::Counts KeepAliveServer::counts() { return engine_->counts(); }

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

}  // namespace queuemeter
