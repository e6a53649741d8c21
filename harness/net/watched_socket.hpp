// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

namespace boost::asio {
class io_context;
}

namespace queuemeter {

/// A non-blocking socket whose readiness an event loop tells. Reading and writing is done on the
/// descriptor itself, so that no buffer waits beside an idle connection.
///
/// Counted references, because a pending wait must find it alive; plain integers, because all of it
/// happens on the loop's thread. Waiting allocates nothing.
class WatchedSocket
    : public boost::intrusive_ref_counter<WatchedSocket, boost::thread_unsafe_counter> {
 public:
  /// Is told from the event loop only, never from inside a call; never after `close`.
  class Owner {
   public:
    Owner() = default;
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;
    /// Bytes, the end or an error can be read.
    virtual void readable() = 0;
    /// Bytes, or an error, can be written.
    virtual void writable() = 0;

   protected:
    ~Owner() = default;
  };

  WatchedSocket() = default;
  WatchedSocket(const WatchedSocket&) = delete;
  WatchedSocket& operator=(const WatchedSocket&) = delete;
  virtual ~WatchedSocket() = default;

  [[nodiscard]] virtual int descriptor() noexcept = 0;
  /// One `readable` or `writable` each; nothing happens when that wait is pending already.
  virtual void wait_to_read() = 0;
  virtual void wait_to_write() = 0;
  /// Closes the descriptor at once, and is silent from then on. Idempotent.
  virtual void close() noexcept = 0;
};

/// Takes `descriptor` over. `loop` must outlive the socket, `owner` until `close`.
[[nodiscard]] boost::intrusive_ptr<WatchedSocket> watch_socket(boost::asio::io_context& loop,
                                                               int descriptor,
                                                               WatchedSocket::Owner& owner);

}  // namespace queuemeter
