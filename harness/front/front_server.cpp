// SPDX-License-Identifier: Apache-2.0
#include "harness/front/front_server.hpp"

#include "harness/call/clock.hpp"
#include "harness/front/front_backend.hpp"
#include "harness/front/front_desk.hpp"
#include "harness/measure/roles.hpp"
#include "harness/net/http_server.hpp"
#include "harness/net/listening_socket.hpp"
#include "harness/path/async_crew.hpp"
#include "harness/path/call_pool.hpp"
#include "harness/path/event_loop.hpp"
#include "harness/path/record_table.hpp"
#include "harness/path/reply_inbox.hpp"
#include "harness/path/retry_policy.hpp"
#include "harness/path/thread_crew.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <thread>
#include <utility>

namespace queuemeter {
namespace {

/// Deliveries too many that the inbox holds beside one return of each record.
constexpr std::size_t room_for_duplicates = 4096;
/// How long the loop sleeps without looking whether it is to end.
constexpr Duration longest_sleep = std::chrono::milliseconds{100};
/// How long connections may take to close when all is said.
constexpr Duration patience_to_close = std::chrono::seconds{2};
constexpr std::size_t other_descriptors = 64;

/// Unlike that of a front of the same host shortly before, whose calls may still be in a broker.
std::uint64_t make_run_id() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

/// The workers' way back: to the inbox, with a knock on the door of the loop.
class WakingReturns final : public ReturnSink {
 public:
  WakingReturns(ReplyInbox& inbox, EventLoop& loop) : inbox_{inbox}, loop_{loop} {}
  [[nodiscard]] bool returned(const Returned& what) noexcept override {
    const bool has_room = inbox_.returned(what);
    loop_.wake();
    return has_room;
  }

 private:
  ReplyInbox& inbox_;
  EventLoop& loop_;
};

TakingRules taking_rules(const QueueSettings& queue, const QueueTraits& traits) {
  TakingRules rules{.batch = queue.batch, .prefetch = std::max<std::size_t>(1, queue.prefetch)};
  if (traits.delivery == QueueDelivery::acked) {
    rules.acknowledge = 1;
  }
  return rules;
}

class QueuedFront final : public FrontServer {
 public:
  explicit QueuedFront(FrontSettings settings)
      : settings_{std::move(settings)}, run_id_{make_run_id()}, records_{run_id_} {}
  ~QueuedFront() override { stop(); }

  [[nodiscard]] Result<void> start(const OpenQueue& open_queue);
  [[nodiscard]] std::uint16_t port() const noexcept override { return port_; }
  std::size_t drain(Duration patience) override;

 private:
  [[nodiscard]] WorkerContext worker_context();
  void run();
  void stop();
  void end_serving();

  const FrontSettings settings_;
  const std::uint64_t run_id_;
  const MonotonicClock clock_;
  RoleRegistry roles_;
  RecordTable records_;
  FrontSeats seats_;
  std::unique_ptr<Queue> queue_;
  std::unique_ptr<FrontBackend> backend_;
  std::unique_ptr<CallPool> pool_;
  std::unique_ptr<ReplyInbox> inbox_;
  EventLoop loop_{clock_};
  std::unique_ptr<WakingReturns> returns_;
  TakenFront front_;
  RetryPolicy retry_;
  RetryBudget budget_;
  std::unique_ptr<FrontDesk> desk_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<WorkerCrew> crew_;
  std::uint16_t port_ = 0;
  std::atomic<bool> is_ending_{false};  // the loop is to close its connections and end
  std::thread thread_;
};

Result<void> QueuedFront::start(const OpenQueue& open_queue) {
  raise_descriptor_limit(settings_.connections + settings_.worker_count +
                         settings_.callbacks.in_flight + other_descriptors);
  auto backend = FrontBackend::make(settings_, run_id_, seats_);
  if (backend.has_error()) {
    return backend.error();
  }
  backend_ = std::move(*backend);
  auto queue =
      open_queue(settings_.queue,
                 QueueContext{.run_id = run_id_,
                              .intake = &records_,
                              .largest_payload = static_cast<std::uint32_t>(settings_.body_limit)});
  if (queue.has_error()) {
    return queue.error();
  }
  queue_ = std::move(*queue);
  records_.make_room(queue_->bound().value_or(default_queue_bound) + settings_.worker_count);
  seats_.resize(records_.records().size());
  pool_ = std::make_unique<CallPool>(records_.records());
  inbox_ = std::make_unique<ReplyInbox>(seats_.size() + room_for_duplicates);
  returns_ = std::make_unique<WakingReturns>(*inbox_, loop_);
  desk_ = std::make_unique<FrontDesk>(FrontDesk::Parts{.settings = settings_,
                                                       .clock = clock_,
                                                       .run_id = run_id_,
                                                       .pool = *pool_,
                                                       .seats = seats_,
                                                       .queue = *queue_,
                                                       .inbox = *inbox_,
                                                       .loop = loop_.sockets()});
  HttpServerSettings http;
  http.host = settings_.host;
  http.port = settings_.port;
  http.limits.body = settings_.body_limit;
  http.connections = settings_.connections;
  auto server = HttpServer::start(loop_.sockets(), clock_, http, *desk_);
  if (server.has_error()) {
    return Error{server.error().kind, "the front end " + server.error().what};
  }
  server_ = std::move(*server);
  desk_->set_server(server_.get());
  port_ = server_->port();
  if (settings_.workers == FrontSettings::Workers::async) {
    crew_ = std::make_unique<AsyncCrew>(worker_context(), settings_.worker_count, 1);
  } else {
    crew_ = std::make_unique<ThreadCrew>(worker_context(), settings_.worker_count);
  }
  if (auto started = crew_->start(roles_); started.has_error()) {
    return started.error();
  }
  thread_ = std::thread{[this] { run(); }};
  return {};
}

WorkerContext QueuedFront::worker_context() {
  return {.clock = clock_,
          .queue = *queue_,
          .backend = backend_.get(),
          .returns = *returns_,
          .front = front_,
          .retry = retry_,
          .budget = budget_,
          .taking = taking_rules(settings_.queue, queue_->traits())};
}

void QueuedFront::run() {
  desk_->connect();
  loop_.add(*desk_);
  while (!is_ending_.load(std::memory_order_acquire)) {
    loop_.turn(clock_.now() + longest_sleep);
  }
  end_serving();
}

void QueuedFront::end_serving() {
  desk_->step(clock_.now());  // what the workers gave up
  desk_->give_up_rest();
  server_->drain();
  const Instant gives_up_at = clock_.now() + patience_to_close;
  while (server_->counts().open > 0 && clock_.now() < gives_up_at) {
    loop_.turn(std::min(gives_up_at, clock_.now() + longest_sleep));
  }
  desk_->set_server(nullptr);
  server_.reset();
  desk_->disconnect();
}

std::size_t QueuedFront::drain(Duration patience) {
  constexpr auto between_looks = std::chrono::milliseconds{5};
  desk_->drain();
  const Instant gives_up_at = clock_.now() + patience;
  while (!desk_->is_idle() && clock_.now() < gives_up_at) {
    std::this_thread::sleep_for(between_looks);
  }
  const std::size_t left = desk_->live();
  stop();
  return left;
}

void QueuedFront::stop() {
  if (!thread_.joinable()) {
    return;
  }
  crew_->stop();
  is_ending_.store(true, std::memory_order_release);
  loop_.wake();
  thread_.join();
}

}  // namespace

Result<std::unique_ptr<FrontServer>> FrontServer::start(FrontSettings settings,
                                                        const OpenQueue& open_queue) {
  auto front = std::make_unique<QueuedFront>(std::move(settings));
  if (const auto started = front->start(open_queue); started.has_error()) {
    return started.error();
  }
  return std::unique_ptr<FrontServer>{std::move(front)};
}

}  // namespace queuemeter
