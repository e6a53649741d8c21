// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>

namespace queuemeter {

/// What became of the connections to a server, from the first to the last.
struct ConnectionTotals {
  std::uint64_t used = 0;  ///< connections on which a request went out
  /// Of those, the ones whose first request the server left waiting while it answered others many
  /// times over, as a server does that keeps a thread for each connection and has too few.
  std::uint64_t passed_over = 0;
  std::uint64_t answers = 0;

  ConnectionTotals& operator+=(const ConnectionTotals& other) noexcept {
    used += other.used;
    passed_over += other.passed_over;
    answers += other.answers;
    return *this;
  }
  friend bool operator==(const ConnectionTotals&, const ConnectionTotals&) = default;
};

/// Finds the connections that a server passes over. The rate and the latencies of the calls that
/// are answered do not show them: the server is busy, and with the same few.
///
/// A server that takes requests in their order answers a first request after at most one answer to
/// each other connection; one that takes them at random, after ten times that in one case of
/// e^10 = 22,000. From there on a connection counts as passed over. While nothing is answered at
/// all, nobody is passed over. One thread; a few instructions for each answer.
class ConnectionTally {
 public:
  /// Kept with each connection, a new one for each time that it is opened.
  class Mark {
    friend class ConnectionTally;
    bool asked_ = false;
    bool settled_ = false;              // answered, or counted
    std::uint64_t answers_before_ = 0;  // to others, when its first request went out
  };

  void asked(Mark& mark) noexcept {
    if (!mark.asked_) {
      mark.asked_ = true;
      mark.answers_before_ = account_.answers;
      ++account_.used;
    }
  }
  /// `open` connections were open to choose from.
  void answered(Mark& mark, std::size_t open) noexcept {
    settle(mark, open);
    ++account_.answers;
  }
  void closed(Mark& mark, std::size_t open) noexcept { settle(mark, open); }

  [[nodiscard]] const ConnectionTotals& account() const noexcept { return account_; }

 private:
  void settle(Mark& mark, std::size_t open) noexcept {
    if (!mark.asked_ || mark.settled_) {
      return;
    }
    mark.settled_ = true;
    if (account_.answers - mark.answers_before_ > rounds_to_be_passed_over * open) {
      ++account_.passed_over;
    }
  }

  static constexpr std::uint64_t rounds_to_be_passed_over = 10;
  ConnectionTotals account_;
};

/// Adds up what the clients of one backend say when they end. Any thread.
class ConnectionLedger {
 public:
  void add(const ConnectionTotals& account) {
    const std::scoped_lock lock{mutex_};
    sum_ += account;
  }
  [[nodiscard]] ConnectionTotals sum() const {
    const std::scoped_lock lock{mutex_};
    return sum_;
  }

 private:
  mutable std::mutex mutex_;
  ConnectionTotals sum_;
};

}  // namespace queuemeter
