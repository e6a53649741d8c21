// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/time_queue.hpp"
#include "harness/call/clock.hpp"
#include "harness/call/stepper.hpp"
#include "harness/front/asked_call.hpp"
#include "harness/front/call_book.hpp"
#include "harness/front/callback_sender.hpp"
#include "harness/front/front_backend.hpp"
#include "harness/front/front_metrics.hpp"
#include "harness/front/front_settings.hpp"
#include "harness/net/http_server.hpp"
#include "harness/path/call_pool.hpp"
#include "harness/path/reply_inbox.hpp"
#include "harness/queue/queue.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace queuemeter {

/// The front end itself: takes calls over HTTP, puts them into the queue, tells what became of
/// them.
///
///     POST /calls          202 and Location; 200 and the result where the client waits for it;
///                          429 its limit, 503 queue full or draining, both with Retry-After
///     GET /calls/ID        200 and the result (502 failed, 504 expired), 202 not done yet,
///                          404 never heard of, 410 dropped
///     GET /healthz         200, 503 while draining
///     GET /metrics         OpenMetrics
///
/// One thread, the loop's, but for `live` and `is_idle`.
class FrontDesk final : public HttpServer::Handler,
                        public Stepper,
                        private ConfirmationSink,
                        private ClientWatcher {
 public:
  struct Parts {
    const FrontSettings& settings;
    const Clock& clock;
    std::uint64_t run_id = 0;
    CallPool& pool;
    FrontSeats& seats;  ///< one for each record of the pool
    Queue& queue;
    ReplyInbox& inbox;  ///< what workers are done with
    boost::asio::io_context& loop;
  };
  explicit FrontDesk(const Parts& parts);

  /// Makes its end of the queue; once, on the loop's thread, before the first request.
  void connect();
  void disconnect() { producer_.reset(); }
  /// Whose connections `/metrics` tells of.
  void set_server(const HttpServer* server) noexcept { server_ = server; }

  void requested(const HttpRequest& request, HttpReply reply) override;
  Instant step(Instant now) override;

  /// Refuses calls from now on. Any thread.
  void drain() noexcept { is_draining_.store(true, std::memory_order_relaxed); }
  /// Calls accepted and not done. Any thread.
  [[nodiscard]] std::size_t live() const noexcept { return live_.load(std::memory_order_relaxed); }
  /// No call and no callback is under way. Any thread.
  [[nodiscard]] bool is_idle() const noexcept { return is_idle_.load(std::memory_order_acquire); }
  /// Answers whoever still waits for a call that will not be done.
  void give_up_rest();

 private:
  /// What this side knows of a record, by its slot.
  struct Seat {
    bool unconfirmed = false;  ///< the queue has not said yet whether it accepted the call
    bool returned = false;     ///< came back before it was confirmed
  };
  struct Wait {
    std::uint32_t number;
    std::uint32_t generation;
  };
  struct ByAddress {
    std::size_t operator()(const PeerAddress& address) const noexcept;
  };

  void confirmed(CallHandle call, QueueResult result, Instant at) noexcept override;
  void client_left(std::uint64_t token) override;

  // Taking calls.
  void take_call(const HttpRequest& request, HttpReply reply);
  [[nodiscard]] bool may_come(const HttpRequest& request, HttpReply& reply);
  [[nodiscard]] FrontCall* enter(const AskedCall& asked, const HttpRequest& request,
                                 HttpReply& reply);
  void fill(FrontCall& call, const AskedCall& asked, const HttpRequest& request);
  void offer(FrontCall& call, HttpReply reply);
  void accepted(FrontCall& call, HttpReply reply);
  void hold(FrontCall& call, HttpReply reply, FrontCall::Hold hold);
  void turn_away(FrontCall& call, HttpReply reply, QueueResult result);
  void remove(FrontCall& call);

  // Telling of them.
  void look_up(std::string_view id, HttpReply reply);
  void answer_accepted(const FrontCall& call, HttpReply reply);
  void answer_result(const FrontCall& call, HttpReply reply);
  void answer_health(HttpReply reply);
  void answer_metrics(HttpReply reply);

  // Calls that come back.
  void take_back(const Returned& what, Instant now);
  void finish(FrontCall& call, const Returned& what, Instant now);
  void count(const FrontCall& call);
  void client_is_done(const FrontCall& call);
  void end_waits(Instant now);

  Parts parts_;
  const std::string id_start_;  // of ids that we make up
  std::unique_ptr<QueueProducer> producer_;
  CallBook book_;
  CallbackSender callbacks_;
  std::vector<Seat> seats_;  // by slot
  TimeQueue<Wait> waits_;    // of clients for their results
  std::unordered_map<PeerAddress, std::size_t, ByAddress> by_client_;
  FrontCounts counts_;
  const HttpServer* server_ = nullptr;
  std::uint64_t sequences_ = 0;
  std::string lines_;  // scratch: header lines
  std::atomic<bool> is_draining_{false};
  std::atomic<std::size_t> live_{0};
  std::atomic<bool> is_idle_{true};
};

}  // namespace queuemeter
