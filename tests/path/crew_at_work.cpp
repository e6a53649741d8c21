// SPDX-License-Identifier: Apache-2.0
#include "tests/path/crew_at_work.hpp"

#include "queue_impls/catalogue.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <unistd.h>
#include <utility>

namespace queuemeter {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t slots = 4096;
constexpr std::size_t most_calls = 400'000;

/// Runs on one machine must not take each other's messages for their own.
std::uint64_t fresh_run_id() {
  return static_cast<std::uint64_t>(to_nanoseconds(MonotonicClock{}.now())) ^
         (static_cast<std::uint64_t>(getpid()) << 44U);
}

}  // namespace

CrewAtWork::CrewAtWork(Options options)
    : options_{std::move(options)}, records_{fresh_run_id()}, endings_(most_calls, 0) {
  records_.make_room(slots);
  QueueSettings settings;
  settings.use = "sysv";
  QueueContext context{.run_id = records_.run_id(),
                       .seed = 7,
                       .intake = &records_,
                       .largest_payload = options_.payload};
  queue_ = std::move(queues::open_queue(settings, context).value());
  producer_ = queue_->make_producer(clock_);

  ProcessOrders& orders = options_.orders;
  orders.run_id = context.run_id;
  orders.seed = 7;
  orders.largest_payload = options_.payload;
  orders.queue = to_attach(settings, *queue_);
  if (options_.reply_queue) {
    context.role = "replies";
    replies_ = std::move(queues::open_queue(settings, context).value());
    orders.replies = to_attach(settings, *replies_);
  }
  if (orders.backend.index() == 0) {
    SyntheticSettings synthetic;
    synthetic.model.service_time = Distribution::constant(options_.service_time);
    orders.backend = synthetic;
  }
  crew_ = std::make_unique<ProcessCrew>(
      ProcessCrew::Parts{.clock = clock_, .intake = records_, .returns = *this, .front = front_},
      ProcessCrew::Settings{.command = {options_.program},
                            .count = options_.count,
                            .orders = orders,
                            .starts_per_second = options_.starts_per_second});
}

CrewAtWork::~CrewAtWork() {
  crew_->stop();
  reading_ = false;
}

Result<void> CrewAtWork::start() { return crew_->start(roles_); }

bool CrewAtWork::offer_one() {
  // A call that was lost unseen keeps its record until the sweep; the others go on.
  std::size_t looked_at = 0;
  while (records_.records()[next_slot_].stage() != CallRecord::Stage::free) {
    next_slot_ = (next_slot_ + 1) % slots;
    if (++looked_at == slots) {
      return false;
    }
  }
  CallRecord& record = records_.records()[next_slot_];
  const Instant now = clock_.now();
  {
    const std::lock_guard lock{mutex_};  // whoever freed it wrote to it
    const std::uint32_t slot = record.call.slot;
    record.call = Call{};
    record.call.run_id = records_.run_id();
    record.call.sequence = accepted_;
    record.call.slot = slot;
    record.call.payload_bytes = options_.payload;
    record.call.planned_at = now;
    if (options_.deadline != Duration::max()) {
      record.call.deadline = now + options_.deadline;
    }
    record.at = Instants{};
  }
  record.publish(accepted_);
  std::array<Instant, 1> at;
  const CallHandle call{&record, accepted_};
  if (producer_->offer({&call, 1}, at).done == 0) {
    record.mark(accepted_, CallRecord::Stage::free);
    return false;
  }
  ++accepted_;
  next_slot_ = (next_slot_ + 1) % slots;
  return true;
}

void CrewAtWork::offer(std::size_t count) {
  for (std::size_t offered = 0; offered < count;) {
    if (offer_one()) {
      ++offered;
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds{100});
    }
  }
}

std::size_t CrewAtWork::offer_until_full() {
  std::size_t offered = 0;
  while (offer_one()) {
    ++offered;
  }
  return offered;
}

bool CrewAtWork::returned(const Returned& what) noexcept {
  if (what.kind == Returned::Kind::note) {
    return true;
  }
  {
    const std::lock_guard lock{mutex_};
    heard_.push_back(what);
  }
  if (what.holds_record) {
    end(what.call, what.outcome, what.reason);
  } else {
    ++duplicates_;
  }
  return true;
}

void CrewAtWork::end(CallHandle call, Outcome outcome, Reason reason) {
  const std::lock_guard lock{mutex_};
  ++endings_[call.sequence];
  ++counts_[{outcome, reason}];
  call.record->mark(call.sequence, CallRecord::Stage::free);
  ++ended_;
}

void CrewAtWork::take_replies() {
  const auto consumer = replies_->make_consumer(clock_);
  for (;;) {
    std::array<CallHandle, 16> calls;
    std::array<Instant, 16> at;
    const ChunkResult chunk = consumer->take(calls, at);
    for (std::size_t index = 0; index < chunk.done; ++index) {
      CallRecord& record = *calls[index].record;
      const bool is_first =
          record.stage() != CallRecord::Stage::free && record.sequence() == calls[index].sequence;
      if (is_first) {
        end(calls[index], record.outcome, record.reason);
      } else {
        ++duplicates_;
      }
    }
    if (chunk.done == 0 && !reading_) {
      return;
    }
    if (chunk.done == 0) {
      consumer->wait(clock_.now() + milliseconds{20});
    }
  }
}

void CrewAtWork::read_replies() {
  reading_ = true;
  reader_ = std::jthread{[this] { take_replies(); }};
}

bool CrewAtWork::wait_until_ended(std::uint64_t calls) const {
  const Instant give_up_at = clock_.now() + std::chrono::minutes{1};
  while (ended_ < calls && clock_.now() < give_up_at) {
    std::this_thread::sleep_for(milliseconds{1});
  }
  return ended_ >= calls;
}

void CrewAtWork::finish() {
  crew_->stop();
  reading_ = false;
  reader_ = {};
  if (replies_ != nullptr) {
    take_replies();
  }
  crew_->settle_doubts();
  sweep();
}

void CrewAtWork::sweep() {
  queue_->close();
  const auto consumer = queue_->make_consumer(clock_);
  std::array<CallHandle, 1> call;
  std::array<Instant, 1> at;
  while (consumer->take(call, at).done == 1) {
    if (call.front().record->claim(call.front().sequence)) {
      end(call.front(), Outcome::unfinished, Reason::drain_ended);
    } else {
      ++duplicates_;
    }
  }
  for (CallRecord& record : records_.records()) {
    if (record.stage() == CallRecord::Stage::offered) {
      end({&record, record.sequence()}, Outcome::lost, Reason::none);
    }
  }
}

std::uint64_t CrewAtWork::count(Outcome outcome, Reason reason) const {
  const auto found = counts_.find({outcome, reason});
  return found == counts_.end() ? 0 : found->second;
}

std::uint64_t CrewAtWork::count(Outcome outcome) const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0},
                         [outcome](std::uint64_t sum, const auto& entry) {
                           return sum + (entry.first.first == outcome ? entry.second : 0);
                         });
}

bool CrewAtWork::is_exact() const {
  const auto offered = endings_.begin() + static_cast<std::ptrdiff_t>(accepted_);
  return std::all_of(endings_.begin(), offered, [](int times) { return times == 1; }) &&
         std::all_of(offered, endings_.end(), [](int times) { return times == 0; });
}

int kernel_id(const Queue& queue) {
  for (const auto& [name, value] : queue.effective_settings()) {
    if (name == "id") {
      return std::stoi(value);
    }
  }
  return -1;
}

bool is_in_kernel(int queue_id) {
  msqid_ds status{};
  return msgctl(queue_id, IPC_STAT, &status) == 0;
}

int children_left() {
  int children = 0;
  for (const auto& task : std::filesystem::directory_iterator{"/proc/self/task"}) {
    std::ifstream file{task.path() / "children"};
    for (std::string id; file >> id;) {
      ++children;
    }
  }
  return children;
}

}  // namespace queuemeter
