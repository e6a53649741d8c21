// SPDX-License-Identifier: Apache-2.0
#include "harness/net/socket_poll.hpp"

#include "harness/net/handler_memory.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <unistd.h>

namespace queuemeter {

/// Lives in an Asio context and lets it drive a poll: the context waits for one descriptor, the
/// poll's, and asks it what there is.
class SocketPoll::Host final : public boost::asio::execution_context::service {
 public:
  inline static boost::asio::execution_context::id id;  // NOLINT: Asio looks it up by this name

  explicit Host(boost::asio::execution_context& context)
      : service{context},
        descriptor_{static_cast<boost::asio::io_context&>(context), ::dup(poll_.descriptor())} {
    poll_.host_ = this;
    drive(true);
  }

  [[nodiscard]] SocketPoll& poll() noexcept { return poll_; }
  void drive(bool drives) {
    if (drives && !drives_) {
      listen();
    } else if (!drives && drives_) {
      descriptor_.cancel();
    }
    drives_ = drives;
  }
  /// A context that drives us sleeps until the descriptor is ready, which a list does not make it.
  void come_back() {
    if (drives_) {
      boost::asio::post(descriptor_.get_executor(), [this] { poll_.wait(Duration{0}); });
    }
  }

 private:
  void shutdown() noexcept override {
    boost::system::error_code ignored;
    descriptor_.close(ignored);
  }
  void listen() {
    descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           boost::asio::bind_allocator(
                               memory_.allocator(), [this](const boost::system::error_code& error) {
                                 if (!error && drives_) {
                                   poll_.wait(Duration{0});
                                   listen();
                                 }
                               }));
  }

  SocketPoll poll_;
  HandlerMemory memory_;
  boost::asio::posix::stream_descriptor descriptor_;
  bool drives_ = false;
};

SocketPoll::SocketPoll() : epoll_{::epoll_create1(EPOLL_CLOEXEC)}, buffer_(buffer_bytes) {}

SocketPoll::~SocketPoll() { ::close(epoll_); }

SocketPoll& SocketPoll::of(boost::asio::io_context& context) {
  return boost::asio::use_service<Host>(context).poll();
}

void SocketPoll::let_context_drive(bool drives) {
  if (host_ != nullptr) {
    host_->drive(drives);
  }
}

bool SocketPoll::watch(int descriptor, Pollable& by, Interest interest) noexcept {
  epoll_event wanted{};
  wanted.events = static_cast<std::uint32_t>(EPOLLIN) | EPOLLRDHUP | EPOLLET;
  if (interest == Interest::reading_and_writing) {
    wanted.events |= EPOLLOUT;
  }
  wanted.data.ptr = &by;
  return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &wanted) == 0;
}

void SocketPoll::forget(const Pollable& by) noexcept {
  for (std::size_t index = 0; index < event_count_; ++index) {
    if (events_[index].data.ptr == &by) {
      events_[index].data.ptr = nullptr;
    }
  }
  std::replace_if(
      soon_.begin(), soon_.end(), [&](const Pollable* one) { return one == &by; }, nullptr);
}

void SocketPoll::call_soon(Pollable& by) {
  soon_.push_back(&by);
  if (host_ != nullptr) {
    host_->come_back();
  }
}

std::size_t SocketPoll::wait(Duration at_most) {
  const int count = wait_for_events(soon_.empty() ? at_most : Duration{0});
  event_count_ = static_cast<std::size_t>(std::max(0, count));
  std::size_t told = 0;
  for (std::size_t index = 0; index < event_count_; ++index) {
    if (auto* const by = static_cast<Pollable*>(events_[index].data.ptr)) {
      by->ready(events_[index].events);
      ++told;
    }
  }
  event_count_ = 0;
  return told + tell_soon();
}

std::size_t SocketPoll::tell_soon() {
  std::size_t told = 0;
  const std::size_t count = soon_.size();  // who is added meanwhile has its turn with the next wait
  for (std::size_t index = 0; index < count; ++index) {
    if (Pollable* const by = soon_[index]) {
      by->ready(0);
      ++told;
    }
  }
  soon_.erase(soon_.begin(), soon_.begin() + static_cast<std::ptrdiff_t>(count));
  return told;
}

int SocketPoll::wait_for_events(Duration at_most) noexcept {
  const auto most = static_cast<int>(events_.size());
  if (at_most <= Duration{0}) {
    return ::epoll_wait(epoll_, events_.data(), most, 0);
  }
  if (at_most == Duration::max()) {
    return ::epoll_wait(epoll_, events_.data(), most, -1);
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at_most);
  const timespec span{seconds.count(), (at_most - seconds).count()};
  const int count = ::epoll_pwait2(epoll_, events_.data(), most, &span, nullptr);
  if (count < 0 && errno == ENOSYS) {  // before Linux 5.11: punctual to the millisecond only
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(
        std::min<Duration>(at_most, std::chrono::hours{1}));
    return ::epoll_wait(epoll_, events_.data(), most, static_cast<int>(milliseconds.count()));
  }
  return count;
}

}  // namespace queuemeter
