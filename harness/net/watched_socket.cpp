// SPDX-License-Identifier: Apache-2.0
#include "harness/net/watched_socket.hpp"

#include "harness/net/handler_memory.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <cstddef>

namespace queuemeter {
namespace {

class AsioSocket final : public WatchedSocket {
 public:
  AsioSocket(boost::asio::io_context& loop, int descriptor, Owner& owner)
      : owner_{owner}, descriptor_{loop, descriptor} {}

  [[nodiscard]] int descriptor() noexcept override { return descriptor_.native_handle(); }
  void wait_to_read() override { wait(Descriptor::wait_read, reads_, &Owner::readable); }
  void wait_to_write() override { wait(Descriptor::wait_write, writes_, &Owner::writable); }
  void close() noexcept override {
    is_open_ = false;
    boost::system::error_code ignored;  // nothing can be done about a close that fails
    descriptor_.close(ignored);
  }

 private:
  using Descriptor =
      boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;
  using Report = void (Owner::*)();
  /// A wait and its completion handler are well below this.
  using WaitMemory = HandlerSlots<192, 1>;
  struct Wait {
    bool is_pending = false;
    WaitMemory memory;
  };

  /// A completion handler that keeps the socket alive and lives in its memory.
  struct Ready {
    using allocator_type = WaitMemory::Allocator<std::byte>;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return wait->memory.allocator(); }
    void operator()(const boost::system::error_code&) {
      wait->is_pending = false;
      if (self->is_open_) {
        (self->owner_.*report)();  // what is wrong, if anything, the next read or write says
      }
    }
    boost::intrusive_ptr<AsioSocket> self;
    Wait* wait;
    Report report;
  };

  void wait(Descriptor::wait_type kind, Wait& wait, Report report) {
    if (!wait.is_pending && is_open_) {
      wait.is_pending = true;
      descriptor_.async_wait(kind, Ready{boost::intrusive_ptr<AsioSocket>{this}, &wait, report});
    }
  }

  Owner& owner_;
  Descriptor descriptor_;
  bool is_open_ = true;
  Wait reads_;
  Wait writes_;
};

}  // namespace

boost::intrusive_ptr<WatchedSocket> watch_socket(boost::asio::io_context& loop, int descriptor,
                                                 WatchedSocket::Owner& owner) {
  return boost::intrusive_ptr<WatchedSocket>{new AsioSocket{loop, descriptor, owner}};
}

}  // namespace queuemeter
