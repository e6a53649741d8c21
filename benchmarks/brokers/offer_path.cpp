// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/brokers/offer_path.hpp"

#include "benchmarks/path/parts.hpp"
#include "harness/call/tsc_clock.hpp"
#include "queue_impls/catalogue.hpp"

#include <chrono>
#include <utility>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

/// The run's own tick: the ledger is merged and the clock renewed so often.
constexpr Duration tick = 100ms;
constexpr Duration reply_timeout = 10s;
/// As a run leaves room for what waits to be settled.
constexpr std::size_t spare_records = 4096;

}  // namespace

OfferPath::OfferPath(const Settings& settings)
    : clock_{best_clock()},
      window_{clock_->now(), clock_->now(), clock_->now() + 1h},
      records_{settings.run_id},
      recorders_{1},
      loop_{*clock_} {
  records_.make_room(settings.queue.window + spare_records);
  QueueContext context;
  context.run_id = settings.run_id;
  context.intake = &records_;
  context.largest_payload = settings.payload_bytes;
  queue_ = std::move(queues::open_queue(settings.queue, context).value());
  settlements_ = make_settlements(window_, ledger_, recorders_, "offerer");
  pool_ = std::make_unique<CallPool>(records_.records());
  pool_->set_contested(true);  // an offer may be confirmed late
  ClassTemplate form;
  form.payload = SizeDistribution::constant(settings.payload_bytes);
  entry_ = std::make_unique<QueuedEntry>(*clock_, CallMaker{settings.run_id, 7, 0, {form}}, *pool_,
                                         *queue_, *settlements_,
                                         QueuedEntry::Rules{.reply_timeout = reply_timeout,
                                                            .held_limit = settings.queue.window,
                                                            .done_when_accepted = true});
  callers_ = std::make_unique<CallerLoop>(
      CallerLoop::Callers{.count = settings.queue.window, .habits = {}}, one_class_, Share{},
      window_, *entry_, ledger_.add_planner(), settings.calls);
  entry_->connect(&loop_.sockets());
  loop_.add(*callers_);
}

OfferPath::~OfferPath() { entry_->disconnect(); }

void OfferPath::run() {
  Instant ticks_at = clock_->now() + tick;
  while (!callers_->finished() || account().in_flight() > 0) {
    // Merging the account is the business of ticks, and of the end.
    do {
      loop_.turn(ticks_at);
    } while (!callers_->finished() && clock_->now() < ticks_at);
    clock_->renew();
    ticks_at += tick;
  }
}

LedgerCounts OfferPath::account() {
  return ledger_.merge()[static_cast<std::size_t>(Phase::measure)];
}

}  // namespace queuemeter
