// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/clock.hpp"
#include "harness/call/stepper.hpp"
#include "harness/front/front_settings.hpp"
#include "harness/net/http_url.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace queuemeter {

/// Whether results may be sent to this URL: to an address, because names would have to be looked
/// up, and of this host unless the rules say anywhere.
[[nodiscard]] bool may_call_back(const HttpUrl& url, const CallbackRules& rules);

/// Posts results to those who asked for them, each at least once if it can be done: an attempt that
/// ends in anything but 2xx is repeated after a pause. Bounded in what is under way, what waits,
/// and how often a post is tried; what goes beyond is counted as failed.
/// One thread, the loop's.
class CallbackSender final : public Stepper {
 public:
  struct Counts {
    std::uint64_t sent = 0;     ///< answered 2xx
    std::uint64_t failed = 0;   ///< given up, or no room
    std::uint64_t retried = 0;  ///< attempts after the first
    std::size_t waiting = 0;    ///< now: in line, or for their next attempt
    std::size_t in_flight = 0;  ///< now
  };

  /// `loop` and `clock` must outlive it.
  CallbackSender(boost::asio::io_context& loop, const Clock& clock, const CallbackRules& rules);
  ~CallbackSender() override;

  /// `lines` are header lines of the request beside its own; all is copied.
  void post(const HttpUrl& url, std::string_view lines, std::string_view body);
  /// Ends attempts that take too long, begins those whose pause is over.
  Instant step(Instant now) override;

  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }
  [[nodiscard]] bool idle() const noexcept { return counts_.waiting + counts_.in_flight == 0; }

 private:
  class Connection;
  struct Post {
    HttpUrl url;
    std::string request;
    std::size_t attempts = 0;
    Instant due_at = unobserved;
  };

  [[nodiscard]] static bool is_later(const Post& left, const Post& right) noexcept {
    return left.due_at > right.due_at;
  }
  void begin_waiting();
  [[nodiscard]] Connection* connection_for(const HttpUrl& url);
  void begin(Post post, Connection& connection);
  void ended(Connection& connection, bool is_good);

  boost::asio::io_context& loop_;
  const Clock& clock_;
  const CallbackRules rules_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::deque<Post> line_;      // first attempts
  std::vector<Post> pausing_;  // a heap by `due_at`, earliest first
  Counts counts_;
  Instant scan_at_ = never;  // for attempts that take too long
};

}  // namespace queuemeter
