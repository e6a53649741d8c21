// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/brokers/redis_link.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <fcntl.h>
#include <new>
#include <utility>

namespace queuemeter::queues {
namespace {

/// Memory for one pending operation, so that beginning one does not allocate: Asio keeps the
/// memory of finished handlers only while `run()` lasts.
struct OperationMemory {
  static constexpr std::size_t size = 512;
  alignas(std::max_align_t) std::byte bytes[size];
  bool used = false;
};

template <class T>
class OperationAllocator {
 public:
  using value_type = T;
  explicit OperationAllocator(OperationMemory& memory) noexcept : memory_{&memory} {}
  template <class U>
  OperationAllocator(const OperationAllocator<U>& other) noexcept  // NOLINT: allocators convert
      : memory_{other.memory_} {}

  [[nodiscard]] T* allocate(std::size_t count) {
    if (!memory_->used && count * sizeof(T) <= OperationMemory::size) {
      memory_->used = true;
      return reinterpret_cast<T*>(memory_->bytes);
    }
    return static_cast<T*>(::operator new(count * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t /*count*/) noexcept {
    if (reinterpret_cast<std::byte*>(memory) == memory_->bytes) {
      memory_->used = false;
    } else {
      ::operator delete(memory);
    }
  }
  template <class U>
  bool operator==(const OperationAllocator<U>& other) const noexcept {
    return memory_ == other.memory_;
  }

 private:
  template <class U>
  friend class OperationAllocator;
  OperationMemory* memory_;
};

}  // namespace

struct RedisLink::Sockets : std::enable_shared_from_this<RedisLink::Sockets> {
  using Tcp = boost::asio::ip::tcp;
  using Socket = boost::asio::basic_stream_socket<Tcp, boost::asio::io_context::executor_type>;

  /// A completion handler that keeps the sockets alive, lives in their memory, and is silent when
  /// the connection has another socket by now.
  template <class Action>
  struct Operation {
    using allocator_type = OperationAllocator<std::byte>;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type{*memory}; }

    template <class... Results>
    void operator()(const boost::system::error_code& failure, const Results&... results) {
      *pending = false;
      if (self->connection != nullptr && self->watched == number &&
          self->connection->socket_number() == number && !self->connection->is_closed()) {
        action(*self, failure, results...);
      }
    }

    std::shared_ptr<Sockets> self;
    OperationMemory* memory;
    bool* pending;
    std::uint64_t number;
    Action action;
  };

  Sockets(boost::asio::io_context& loop, RedisConnection& driven, const Clock& time)
      : socket{loop}, connection{&driven}, clock{time} {}

  template <class Action>
  Operation<Action> operation(OperationMemory& memory, bool& pending, Action action) {
    pending = true;
    return {shared_from_this(), &memory, &pending, watched, std::move(action)};
  }

  void close() noexcept {
    boost::system::error_code ignored;  // nothing can be done about a close that fails
    socket.close(ignored);
  }

  /// Watches the connection's present socket. Asio closes what it watches, so it gets a descriptor
  /// of its own.
  void change_over() {
    close();
    watched = connection->socket_number();
    const int descriptor = ::fcntl(connection->descriptor(), F_DUPFD_CLOEXEC, 0);
    boost::system::error_code failure;
    if (descriptor >= 0) {
      socket.assign(Tcp::v4(), descriptor, failure);
    }
    if (descriptor < 0 || failure) {
      connection->broke();
    }
  }

  void read() {
    const std::span<char> to = connection->space();
    socket.async_read_some(
        boost::asio::buffer(to.data(), to.size()),
        operation(read_memory, reading,
                  [](Sockets& self, const boost::system::error_code& failure, std::size_t bytes) {
                    self.received_at = self.clock.now();
                    self.connection->received(failure ? 0 : bytes);
                  }));
  }

  void wait_to_write() {
    socket.async_wait(Socket::wait_write,
                      operation(write_memory, writing,
                                [](Sockets& self, const boost::system::error_code& failure) {
                                  if (!failure) {
                                    self.connection->on_writable();
                                  }
                                }));
  }

  Socket socket;
  RedisConnection* connection;  // null once the link is gone
  const Clock& clock;
  std::uint64_t watched = 0;  // the connection's socket that ours is a descriptor of
  bool reading = false;
  bool writing = false;
  OperationMemory read_memory;
  OperationMemory write_memory;
  Instant received_at = unobserved;
};

RedisLink::RedisLink(boost::asio::io_context& loop, RedisConnection& connection, const Clock& clock)
    : sockets_{std::make_shared<Sockets>(loop, connection, clock)} {}

RedisLink::~RedisLink() {
  sockets_->connection = nullptr;
  sockets_->close();
}

void RedisLink::arm() {
  RedisConnection& connection = *sockets_->connection;
  if (connection.is_closed()) {
    if (sockets_->socket.is_open()) {
      sockets_->close();
    }
    return;
  }
  if (sockets_->watched != connection.socket_number()) {
    sockets_->change_over();
  }
  // An operation of the previous socket may still be on its way to be told so.
  if (!sockets_->reading && !connection.is_closed() &&
      connection.state() != RedisConnection::State::connecting) {
    sockets_->read();
  }
  arm_write();
}

void RedisLink::arm_write() {
  if (!sockets_->writing && sockets_->connection->wants_write() &&
      sockets_->watched == sockets_->connection->socket_number()) {
    sockets_->wait_to_write();
  }
}

Instant RedisLink::received_at() const noexcept { return sockets_->received_at; }

}  // namespace queuemeter::queues
