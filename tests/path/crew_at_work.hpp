// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/clock.hpp"
#include "harness/path/process_crew.hpp"
#include "harness/path/record_table.hpp"
#include "harness/queue/queue.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace queuemeter {

/// A crew of worker processes over System V queues, with somebody who offers calls and somebody who
/// keeps the account: every accepted call must end exactly once.
class CrewAtWork : private ReturnSink {
 public:
  struct Options {
    std::size_t count = 4;
    bool reply_queue = false;
    Duration service_time{0};
    ProcessOrders orders = {};  ///< queue, run id and backend are filled in
    double starts_per_second = 1000.0;
    std::string program = PROCESS_WORKER_CHILD;
    std::uint32_t payload = 200;
    Duration deadline = Duration::max();
  };
  explicit CrewAtWork(Options options);
  ~CrewAtWork() override;

  [[nodiscard]] Result<void> start();
  /// Offers until `count` calls have been accepted; those that find the queue full are tried again.
  void offer(std::size_t count);
  /// Offers as long as the queue takes calls. How many it took.
  std::size_t offer_until_full();
  /// Begins to read the reply queue; without it nobody does.
  void read_replies();
  /// Waits until so many calls have ended; false when that takes a minute.
  [[nodiscard]] bool wait_until_ended(std::uint64_t calls) const;
  /// Ends the children, empties both queues and settles what is left, as a run does.
  void finish();

  [[nodiscard]] ProcessCrew& crew() noexcept { return *crew_; }
  [[nodiscard]] Queue& queue() noexcept { return *queue_; }
  [[nodiscard]] Queue& replies() noexcept { return *replies_; }
  [[nodiscard]] std::uint64_t accepted() const noexcept { return accepted_; }
  [[nodiscard]] std::uint64_t ended() const noexcept { return ended_.load(); }
  [[nodiscard]] std::uint64_t duplicates() const noexcept { return duplicates_.load(); }
  /// After `finish`.
  [[nodiscard]] std::uint64_t count(Outcome outcome, Reason reason) const;
  [[nodiscard]] std::uint64_t count(Outcome outcome) const;
  /// Every accepted call ended, and none twice.
  [[nodiscard]] bool is_exact() const;
  /// How calls went, in the order in which that was heard. After `finish`.
  [[nodiscard]] const std::vector<Returned>& returned_calls() const noexcept { return heard_; }

 private:
  [[nodiscard]] bool returned(const Returned& what) noexcept override;
  void end(CallHandle call, Outcome outcome, Reason reason);
  bool offer_one();
  void take_replies();
  void sweep();

  Options options_;
  MonotonicClock clock_;
  RecordTable records_;
  std::unique_ptr<Queue> queue_;
  std::unique_ptr<Queue> replies_;
  std::unique_ptr<QueueProducer> producer_;
  std::unique_ptr<ProcessCrew> crew_;
  TakenFront front_;
  RoleRegistry roles_;
  std::uint64_t accepted_ = 0;
  std::size_t next_slot_ = 0;

  mutable std::mutex mutex_;  // guards the account below, and the freeing of records
  std::vector<int> endings_;  // of each call
  std::map<std::pair<Outcome, Reason>, std::uint64_t> counts_;
  std::vector<Returned> heard_;
  std::atomic<std::uint64_t> ended_{0};
  std::atomic<std::uint64_t> duplicates_{0};
  std::atomic<bool> reading_{false};
  std::jthread reader_;
};

/// The kernel's id of a queue.
[[nodiscard]] int kernel_id(const Queue& queue);
/// Whether the kernel has a queue of that id.
[[nodiscard]] bool is_in_kernel(int queue_id);
/// Children of this process that nobody has reaped, living or not.
[[nodiscard]] int children_left();

}  // namespace queuemeter
