// SPDX-License-Identifier: Apache-2.0
#include "harness/path/process_worker.hpp"

#include "harness/call/clock.hpp"
#include "harness/call/draw.hpp"
#include "harness/measure/single_writer.hpp"
#include "harness/path/event_loop.hpp"
#include "harness/path/process_board.hpp"
#include "harness/path/process_intake.hpp"
#include "harness/path/process_orders.hpp"
#include "harness/path/process_route.hpp"
#include "harness/path/retry_policy.hpp"
#include "harness/path/workbench.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <utility>
#include <variant>

namespace queuemeter {
namespace {

/// How long a child sleeps without looking whether it is to end. A signal ends most sleeps at once.
constexpr Duration longest_sleep = std::chrono::milliseconds{100};
constexpr Duration longest_turn = std::chrono::milliseconds{20};

// A signal handler reaches nothing but globals.
std::atomic<bool> terminated{false};

extern "C" void note_termination(int /*number*/) {
  terminated.store(true, std::memory_order_relaxed);
}

/// Dies with its parent, hears its parent's signal, and leaves the terminal's to the parent.
void obey(std::int64_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) {
    ::_exit(127);  // the parent died before it could be told
  }
  struct sigaction action = {};
  action.sa_handler = note_termination;  // without SA_RESTART: it ends what waits
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}

Result<std::unique_ptr<Backend>> make_backend(const ProcessOrders& orders) {
  if (const auto* const synthetic = std::get_if<SyntheticSettings>(&orders.backend)) {
    return make_synthetic_backend(*synthetic);
  }
  if (const auto* const http = std::get_if<HttpBackendSettings>(&orders.backend)) {
    return make_http_backend(*http);
  }
  return std::unique_ptr<Backend>{};
}

/// What a child has opened.
struct Openings {
  std::unique_ptr<Queue> queue;
  std::unique_ptr<Queue> replies;
  std::unique_ptr<Backend> backend;
};

Result<Openings> open_all(const ProcessOrders& orders, const OpenQueue& open_queue,
                          CallIntake& intake) {
  Openings opened;
  QueueContext context{.run_id = orders.run_id,
                       .seed = orders.seed,
                       .intake = &intake,
                       .largest_payload = orders.largest_payload,
                       .is_owner = false};
  Result<std::unique_ptr<Queue>> queue = open_queue(orders.queue, context);
  if (!queue) {
    return queue.error();
  }
  opened.queue = std::move(*queue);
  if (orders.replies.has_value()) {
    context.role = "replies";
    Result<std::unique_ptr<Queue>> replies = open_queue(*orders.replies, context);
    if (!replies) {
      return replies.error();
    }
    opened.replies = std::move(*replies);
  }
  Result<std::unique_ptr<Backend>> backend = make_backend(orders);
  if (!backend) {
    return backend.error();
  }
  opened.backend = std::move(*backend);
  return opened;
}

/// One child at work: takes, journals, makes, hands back, one call at a time.
class ChildAtWork {
 public:
  ChildAtWork(std::size_t number, const ProcessOrders& orders, const ProcessBoard& board,
              Openings& opened)
      : number_{number},
        orders_{orders},
        board_{board},
        place_{board.places()[number]},
        consumer_{opened.queue->make_consumer(clock_)},
        route_{board,  place_,          process_bell_descriptor, opened.replies.get(),
               clock_, &loop_.sockets()},
        policy_{orders.retry, orders.seed},
        budget_{orders.retry.budget},
        bench_{1, route_, policy_, budget_},
        share_left_{draw_share()} {
    bench_.connect(opened.backend.get(), clock_, &loop_.sockets());
    loop_.add(bench_);
    loop_.add(route_);
  }
  ~ChildAtWork() { bench_.disconnect(); }
  ChildAtWork(const ChildAtWork&) = delete;
  ChildAtWork& operator=(const ChildAtWork&) = delete;

  void run() {
    boot();
    while (!is_to_end()) {
      const Instant now = clock_.now();
      bench_.step(now);
      collect_finished();
      if (!bench_.idle()) {
        loop_.turn(std::min(bench_.next_wake(), now + longest_turn));
      } else if (share_left_ == 0) {
        return;
      } else if (!take_one(now)) {
        rest(now);
      }
    }
    bench_.abandon(clock_.now());
    collect_finished();
  }

 private:
  [[nodiscard]] bool is_to_end() const noexcept {
    return terminated.load(std::memory_order_relaxed) || board_.is_stopping();
  }

  void boot() {
    const auto started_at =
        instant_from_nanoseconds(place_.started_at.load(std::memory_order_relaxed));
    board_.sleep_until(started_at + orders_.boot);
  }

  /// Calls until it leaves, by its own draw for this life; never more than 2^63.
  [[nodiscard]] std::uint64_t draw_share() const noexcept {
    if (orders_.share == 0) {
      return ~std::uint64_t{0};
    }
    const KeyedDraws draws{orders_.seed, DrawUse::recycle};
    const std::uint32_t life = place_.life.load(std::memory_order_relaxed);
    const double swing = 2.0 * draws.uniform(number_, life).first - 1.0;
    const double share = static_cast<double>(orders_.share) * (1.0 + orders_.share_jitter * swing);
    return static_cast<std::uint64_t>(std::max(1.0, std::round(share)));
  }

  /// Nothing was there: looks again after the poll, or waits for the queue. Whatever ends the wait,
  /// the queue is looked into before the child leaves: the wait may have brought a call.
  void rest(Instant now) {
    if (orders_.poll > Duration{0}) {
      board_.sleep_until(now + orders_.poll);
      return;
    }
    consumer_->wait(now + longest_sleep);
    take_one(clock_.now());
  }

  bool take_one(Instant now) {
    if (share_left_ == 0) {
      return false;
    }
    std::array<CallHandle, 1> call;
    std::array<Instant, 1> taken_at;
    const ChunkResult chunk = consumer_->take(call, taken_at);
    if (chunk.done == 0) {
      if (chunk.result == QueueResult::failed) {
        board_.sleep_until(now + longest_turn);  // the queue is gone: not a reason to spin
      }
      return false;
    }
    route_.took(call.front(), taken_at.front());
    --share_left_;
    load(call.front(), taken_at.front());
    const std::uint64_t nth = place_.taken.load(std::memory_order_relaxed);
    place_.taken.store(nth + 1, std::memory_order_relaxed);
    begin(nth, clock_.now());
    return true;
  }

  void load(CallHandle call, Instant taken_at) noexcept {
    WorkSlot& slot = bench_.slot(0);
    slot.delivered = call;
    slot.call = call.record->call;
    slot.at = Instants{.taken_at = taken_at};
    slot.outcome = Outcome::completed;
    slot.reason = Reason::none;
    slot.holds_record = true;
    slot.reordered = false;
    slot.retries = 0;
    if (slot.call.deadline <= taken_at) {
      slot.outcome = Outcome::expired;
      slot.reason = Reason::deadline;
    }
  }

  /// Begins the call, and dies of it if that is its lot: either when it is under way, or when it is
  /// done and nobody has heard of it. Drawn for this child's n-th call rather than for the call
  /// itself: one that is delivered again does not kill worker after worker.
  void begin(std::uint64_t nth, Instant now) {
    const KeyedDraws draws{orders_.seed, DrawUse::crash};
    const UniformPair draw =
        draws.uniform(caller_draw_key(static_cast<std::uint32_t>(number_), nth));
    const bool dies = draw.first < orders_.crash_rate;
    if (dies && draw.second >= 0.5) {
      route_.die_when_done();
    }
    bench_.begin(0, now);
    if (dies && draw.second < 0.5) {
      ::raise(SIGKILL);
    }
  }

  void collect_finished() {
    if (bench_.finished().empty()) {
      return;
    }
    bench_.forget_finished();
    const CallHandle done = bench_.slot(0).delivered;
    if (orders_.acknowledges) {
      // A queue that could not be told delivers again, and that is counted when it happens.
      static_cast<void>(consumer_->acknowledge({&done, 1}));
    }
    add_alone(place_.retried, std::uint64_t{bench_.slot(0).retries});
  }

  const MonotonicClock clock_;
  const std::size_t number_;
  const ProcessOrders& orders_;
  const ProcessBoard& board_;
  ProcessPlace& place_;
  EventLoop loop_{clock_};
  std::unique_ptr<QueueConsumer> consumer_;
  ProcessRoute route_;
  const RetryPolicy policy_;
  RetryBudget budget_;
  Workbench bench_;
  std::uint64_t share_left_;
};

Error fail(ProcessPlace& place, const Error& error) {
  leave_last_words(place, error.what);
  place.stage.store(ProcessStage::failed, std::memory_order_release);
  return error;
}

}  // namespace

Result<void> run_worker_process(std::size_t number, const OpenQueue& open_queue) {
  const Result<ProcessBoard> board = ProcessBoard::open(process_board_descriptor);
  if (!board) {
    return board.error();
  }
  if (number >= board->places().size()) {
    return Error::usage("worker: there is no such place in its crew");
  }
  obey(board->head().parent);
  ProcessPlace& place = board->places()[number];
  const Result<ProcessOrders> orders = decode_orders(board->orders());
  if (!orders) {
    return fail(place, orders.error());
  }
  // A queue may hand over as many at once as it prefetches.
  ProcessIntake intake{orders->run_id, orders->queue.prefetch + orders->queue.batch + 1};
  Result<Openings> opened = open_all(*orders, open_queue, intake);
  if (!opened) {
    return fail(place, opened.error());
  }
  {
    ChildAtWork child{number, *orders, *board, *opened};
    place.stage.store(ProcessStage::idle, std::memory_order_release);
    ring_process_bell(*board, process_bell_descriptor);
    child.run();
  }
  place.stage.store(ProcessStage::ended, std::memory_order_release);
  return {};
}

}  // namespace queuemeter
