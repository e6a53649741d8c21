// SPDX-License-Identifier: Apache-2.0
#include "harness/net/socket_poll.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <sys/eventfd.h>
#include <unistd.h>
#include <vector>

namespace queuemeter {
namespace {

using std::chrono::milliseconds;

/// An event that a test causes, and what is to be done about it.
class Bell final : public Pollable {
 public:
  explicit Bell(SocketPoll& poll) : poll_{poll} {
    EXPECT_TRUE(poll_.watch(descriptor_, *this));
    poll_.wait(Duration{0});  // it can be written to, which is news
    count = 0;
  }
  ~Bell() {
    poll_.forget(*this);
    ::close(descriptor_);
  }
  void ring() const { ::eventfd_write(descriptor_, 1); }
  void ready(std::uint32_t events) override {
    ++count;
    last = events;
    if (then) {
      then();
    }
  }
  int count = 0;
  std::uint32_t last = 0;
  std::function<void()> then;

 private:
  SocketPoll& poll_;
  int descriptor_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
};

TEST(SocketPoll, TellsOfEachEventOnce) {
  SocketPoll poll;
  Bell bell{poll};
  bell.ring();
  EXPECT_EQ(poll.wait(Duration::max()), 1U);
  EXPECT_NE(bell.last & EPOLLIN, 0U);
  EXPECT_EQ(poll.wait(Duration{0}), 0U) << "edges, not levels";
  bell.ring();
  EXPECT_EQ(poll.wait(milliseconds{1}), 1U);
  EXPECT_EQ(bell.count, 2);
}

TEST(SocketPoll, WaitsAsLongAsItIsTold) {
  SocketPoll poll;
  const Bell bell{poll};
  const auto begun_at = std::chrono::steady_clock::now();
  EXPECT_EQ(poll.wait(milliseconds{20}), 0U);
  EXPECT_GE(std::chrono::steady_clock::now() - begun_at, milliseconds{20});
}

TEST(SocketPoll, WhoIsForgottenHearsNothingOfWhatHasHappenedAlready) {
  SocketPoll poll;
  Bell first{poll};
  Bell second{poll};
  // Whichever is told first takes the other away.
  first.then = [&] { poll.forget(second); };
  second.then = [&] { poll.forget(first); };
  first.ring();
  second.ring();
  EXPECT_EQ(poll.wait(Duration::max()), 1U);
  EXPECT_EQ(first.count + second.count, 1);
}

TEST(SocketPoll, CallsBackSoonButNeverAtOnce) {
  SocketPoll poll;
  Bell bell{poll};
  Bell gone{poll};
  poll.call_soon(bell);
  poll.call_soon(gone);
  poll.forget(gone);
  EXPECT_EQ(bell.count, 0);
  EXPECT_EQ(poll.wait(Duration::max()), 1U) << "nothing else happens, and it does not wait";
  EXPECT_EQ(bell.count, 1);
  EXPECT_EQ(bell.last, 0U);
  EXPECT_EQ(gone.count, 0);
}

TEST(SocketPoll, AnAsioContextDrivesIt) {
  boost::asio::io_context context{1};
  SocketPoll& poll = SocketPoll::of(context);
  EXPECT_EQ(&poll, &SocketPoll::of(context));
  Bell bell{poll};
  for (int times = 1; times <= 3; ++times) {
    bell.ring();
    context.run_one_for(milliseconds{500});
    EXPECT_EQ(bell.count, times);
  }
  poll.call_soon(bell);
  context.run_one_for(milliseconds{500});
  EXPECT_EQ(bell.count, 4);
}

TEST(SocketPoll, AContextThatDoesNotDriveItHasNothingToDo) {
  boost::asio::io_context context{1};
  SocketPoll& poll = SocketPoll::of(context);
  poll.let_context_drive(false);
  Bell bell{poll};
  context.poll();
  context.restart();
  context.poll();
  EXPECT_TRUE(context.stopped());
  bell.ring();
  EXPECT_EQ(poll.wait(Duration::max()), 1U);
}

}  // namespace
}  // namespace queuemeter
