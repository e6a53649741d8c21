// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace queuemeter {

/// A backend that answers as a test says: after how long, and why it failed if it did. For virtual
/// time: one thread.
class TestBackend final : public Backend {
 public:
  struct Answer {
    Duration after{0};
    Reason reason = Reason::none;
  };
  /// `answer` is asked for each attempt; the call says which one it is.
  explicit TestBackend(std::function<Answer(const Call&)> answer) : answer_{std::move(answer)} {}
  void answer_with(std::function<Answer(const Call&)> answer) { answer_ = std::move(answer); }

  [[nodiscard]] std::unique_ptr<BackendClient> make_client(const Clock& /*clock*/, ReplySink& sink,
                                                           boost::asio::io_context*) override {
    return std::make_unique<Client>(*this, sink);
  }
  [[nodiscard]] std::optional<BackendAccount> account() override { return std::nullopt; }

  /// When each call was begun, in order.
  std::vector<std::pair<std::uint64_t, Instant>> begun;

 private:
  class Client final : public BackendClient {
   public:
    Client(TestBackend& backend, ReplySink& sink) : backend_{backend}, sink_{sink} {}
    void begin(CallHandle call, Instant now) override {
      backend_.begun.emplace_back(call.sequence, now);
      const Answer answer = backend_.answer_(call.record->call);
      flights_.emplace(now + answer.after, Flight{call, now, answer.reason});
    }
    void abandon(CallHandle call) override {
      std::erase_if(flights_,
                    [call](const auto& entry) { return entry.second.call.record == call.record; });
    }
    [[nodiscard]] std::size_t in_flight() const noexcept override { return flights_.size(); }
    [[nodiscard]] Instant next_wake() const noexcept override {
      return flights_.empty() ? never : flights_.begin()->first;
    }
    Instant step(Instant now) override {
      std::size_t due = static_cast<std::size_t>(
          std::ranges::count_if(flights_, [now](const auto& entry) { return entry.first <= now; }));
      for (; due > 0; --due) {
        const auto [at, flight] = *flights_.begin();
        flights_.erase(flights_.begin());
        sink_.replied(flight.call, {flight.reason, flight.called_at, at});
      }
      return next_wake();
    }

   private:
    struct Flight {
      CallHandle call;
      Instant called_at;
      Reason reason;
    };
    TestBackend& backend_;
    ReplySink& sink_;
    std::multimap<Instant, Flight> flights_;
  };

  std::function<Answer(const Call&)> answer_;
};

}  // namespace queuemeter
