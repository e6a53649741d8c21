// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/path/child_process.hpp"
#include "harness/path/process_account.hpp"
#include "harness/path/process_crew.hpp"

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace queuemeter {

/// The thread's part of a process crew: everything here is its own, except what says otherwise.
class ProcessCrew::Supervisor {
 public:
  /// Errors: no shared memory or descriptors to be had.
  [[nodiscard]] static Result<std::unique_ptr<Supervisor>> create(const Parts& parts,
                                                                  const Settings& settings);

  /// Runs the crew until it is asked to stop. `opened` is told when all children have opened what
  /// they need, or why one could not.
  void run(std::promise<Result<void>>& opened);
  /// Any thread.
  void ask_to_stop() noexcept;
  [[nodiscard]] ProcessBoard& board() noexcept { return board_; }
  [[nodiscard]] WorkerCounts counts() const;
  [[nodiscard]] Duration cpu_time() const;
  [[nodiscard]] std::vector<pid_t> process_ids() const;
  [[nodiscard]] std::uint64_t died_between_calls() const noexcept {
    return died_between_calls_.load(std::memory_order_relaxed);
  }
  /// After the thread has ended.
  std::size_t settle_doubts() { return account_.settle_doubts(); }

 private:
  /// What this side knows of one child.
  struct Child {
    Child(const Parts& parts) : desk{parts.front, parts.producers, parts.priorities} {}
    std::optional<ChildProcess> process;
    DeliveryDesk desk;
    Instant start_at;          // when it is to be started next; `never` while it runs
    int starts_in_vain = 0;    // one after the other, that opened nothing
    std::atomic<pid_t> id{0};  // for other threads
  };

  Supervisor(const Parts& parts, const Settings& settings, ProcessBoard board);
  [[nodiscard]] bool prepare();

  [[nodiscard]] std::optional<Result<void>> all_opened() const;
  [[nodiscard]] bool start_due(Instant now);
  [[nodiscard]] bool start(std::size_t number, Instant now);
  [[nodiscard]] bool read_reports();
  void reap(std::size_t number, Instant now);
  void bury(std::size_t number, const ChildEnd& end, Instant now);
  [[nodiscard]] Instant next_start() const noexcept;
  void sleep(Instant until);
  void stop_children();

  const Parts& parts_;
  const Settings& settings_;
  ProcessBoard board_;
  OwnedDescriptor bell_;  // an eventfd that children ring
  OwnedDescriptor epoll_;
  std::vector<std::unique_ptr<Child>> children_;
  ProcessAccount account_;
  Instant next_free_start_;
  std::string start_error_;  // why the last child could not be started

  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> started_{0};
  std::atomic<std::uint64_t> recycled_{0};
  std::atomic<std::uint64_t> crashed_{0};
  std::atomic<std::uint64_t> died_between_calls_{0};
  std::atomic<std::int64_t> cpu_of_the_dead_{0};  // ns
};

}  // namespace queuemeter
