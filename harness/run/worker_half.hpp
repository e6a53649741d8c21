// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/call/clock.hpp"
#include "harness/path/call_pool.hpp"
#include "harness/path/reply_inbox.hpp"
#include "harness/path/retry_policy.hpp"
#include "harness/path/settlements.hpp"
#include "harness/path/settler.hpp"
#include "harness/path/worker.hpp"
#include "harness/path/worker_crew.hpp"
#include "harness/queue/queue.hpp"
#include "harness/scenario/scenario.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace queuemeter {

/// Makes a crew whose workers are not in this process. Called once, while the run is prepared.
using MakeProcessCrew =
    std::function<std::unique_ptr<WorkerCrew>(const Scenario& scenario, WorkerContext context)>;

/// The half of a run behind the queue: workers, replies, the settler, and the sweep that looks for
/// what they left over. Standing still: somebody drives the crew and the settler.
///
/// Built, swept and read at the end by one thread; what may be read meanwhile says so.
class WorkerHalf {
 public:
  struct Parts {
    const Scenario& scenario;
    const Clock& clock;
    Queue& queue;
    std::unique_ptr<Queue> replies;  ///< null unless `path.reply = "queue"`
    Backend* backend = nullptr;      ///< null where nothing is called
    std::unique_ptr<Settlements> settlements;
    std::vector<CallPool*> pools;       ///< by offerer
    MakeProcessCrew make_process_crew;  ///< empty: worker processes are stood in for by threads
  };
  explicit WorkerHalf(Parts parts);

  [[nodiscard]] WorkerCrew& crew() noexcept { return *crew_; }
  [[nodiscard]] Settler& settler() noexcept { return *settler_; }
  [[nodiscard]] Settlements& settlements() const noexcept { return *parts_.settlements; }
  /// Retries that the budget did not allow. Any thread.
  [[nodiscard]] std::uint64_t retries_denied() const noexcept { return budget_.denied(); }
  [[nodiscard]] Queue* replies() noexcept { return parts_.replies.get(); }

  /// How long the oldest waiting call has waited, where the queue's order tells; nothing where it
  /// does not know its depth. Any thread.
  [[nodiscard]] std::optional<Duration> oldest_age(Instant now, Instant run_start) const;

  /// Empties the queues without calling the backend, when nobody drives any more. What is found is
  /// unfinished; what was accepted, never replied and found nowhere is lost, or unknown where the
  /// queue cannot show all it has.
  void sweep();

 private:
  [[nodiscard]] WorkerContext make_context();
  [[nodiscard]] std::unique_ptr<WorkerCrew> make_crew();
  void settle_last_replies();

  Parts parts_;
  RetryPolicy retry_;
  RetryBudget budget_;
  TakenFront front_;
  std::unique_ptr<ReplyInbox> inbox_;
  std::unique_ptr<Settler> settler_;
  std::unique_ptr<WorkerCrew> crew_;
};

}  // namespace queuemeter
