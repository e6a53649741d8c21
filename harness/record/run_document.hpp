// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call.hpp"
#include "harness/call/instant.hpp"
#include "harness/measure/host_probe.hpp"
#include "harness/measure/tick.hpp"
#include "harness/record/fairness.hpp"
#include "harness/scenario/scenario.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace queuemeter {

/// The percentiles of one span. A percentile is empty where fewer than 10 samples lie beyond it.
struct SpanSummary {
  std::uint64_t count = 0;
  Duration min{0};
  Duration mean{0};
  Duration max{0};
  std::optional<Duration> p50, p90, p95, p99, p999, p9999;
  std::uint64_t over_range = 0;  ///< samples beyond one hour, counted apart
};

/// How this program was built; anything but the `measure` preset is labelled and never gated.
struct BuildIdentity {
  std::string version;
  std::string commit;
  std::string preset;
  std::string compiler;
};

/// The machine, as far as a reader needs it to judge a number.
struct Machine {
  std::string host, kernel, cpu_model, architecture, governor, clock_source;
  unsigned cpus = 0;
  std::uint64_t memory_bytes = 0;
  Duration clock_read_cost{0};
  Duration clock_granularity{0};
};

/// What a role (offerer, worker, settler, conductor) cost during the measured window.
struct RoleCost {
  std::string role;
  std::size_t threads = 0;
  double cpu_seconds = 0.0;
  double run_queue_delay_seconds = 0.0;  ///< ready to run, but not running
  double busiest_thread_cpu = 0.0;       ///< CPU ÷ wall of its busiest thread, 0…1
  double busiest_thread_delay = 0.0;     ///< run-queue delay ÷ wall of the worst thread
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
};

/// One check of the instrument on itself.
struct Check {
  enum class Verdict { pass, warn, fail, not_applicable };
  std::string id;    ///< "lateness", "delivered_rate", "little", …
  std::string name;  ///< one line for people
  double value = 0.0;
  double limit = 0.0;
  Verdict verdict = Verdict::pass;
  std::string note;  ///< what was seen, in words, and what to do
};

/// The run's judgement of itself as an instrument.
struct Validity {
  enum class Verdict { valid, suspect, invalid };
  Verdict verdict = Verdict::valid;
  std::vector<Check> checks;
};

/// Something worth knowing about what was measured: "saturated", "backlog_growth",
/// "unfair_callers".
struct Finding {
  std::string id;
  std::string text;
};

/// An objective and what came of it. `met` is empty when it could not be decided.
struct ObjectiveResult {
  Objective objective;
  std::optional<double> value;
  std::optional<bool> met;
  std::string note;
};

using SpanSummaries = std::array<std::optional<SpanSummary>, span_count>;

/// One class of calls: its own account, rates, spans and objectives. The accounts of all classes
/// add up to the run's.
struct ClassResult {
  std::string name;
  double weight = 1.0;
  LedgerCounts ledger;  ///< measured phase
  /// Of the calls planned in the window, ÷ its length.
  double planned_per_s = 0.0, completed_per_s = 0.0, goodput_per_s = 0.0;
  std::optional<double> drop_rate, drop_rate_max;  ///< as the run's
  SpanSummaries latency;
  std::vector<ObjectiveResult> objectives;  ///< filled by judging
};

/// How evenly calls were spread; empty where there is nobody to compare.
struct Fairness {
  std::optional<CallSpread> callers;    ///< calls completed per caller of a closed loop
  std::optional<CallSpread> consumers;  ///< deliveries taken per consumer of the queue
};

/// What became of the connections to a backend over HTTP, whole run. Worker processes have their
/// own, which are not in here.
struct ConnectionUse {
  std::uint64_t used = 0;         ///< on which a request went out
  std::uint64_t passed_over = 0;  ///< of those, left waiting while others were served many times
  std::uint64_t answers = 0;
  std::uint64_t opened_before = 0;   ///< before the traffic (`open`), and how long that took
  double opened_before_seconds = 0;  ///< from the begin of the phase `connect`, to the tick
  friend bool operator==(const ConnectionUse&, const ConnectionUse&) = default;
};

/// What workers did beside their work, measured phase and after it.
struct WorkerTroubles {
  std::uint64_t crashed = 0;         ///< worker processes that died in the middle of work
  std::uint64_t recycled = 0;        ///< worker processes that ended after their share of calls
  std::uint64_t retried = 0;         ///< further attempts at calls whose backend failed them
  std::uint64_t retries_denied = 0;  ///< further attempts that the retry budget did not allow
};

/// What the path through a front end shows of how its results came.
struct FrontResult {
  std::uint64_t polls = 0;             ///< questions for results of calls of the measured phase
  std::uint64_t polls_unanswered = 0;  ///< of those: no connection, a timeout, an error
  double mean_poll_s = 0.0;            ///< from the question until its answer
  std::uint64_t reports = 0;           ///< callbacks, or answers of the watched backend; whole run
  std::uint64_t forged = 0;            ///< callbacks that were refused; whole run
  std::uint64_t strange = 0;           ///< requests to the watched backend without a call's id
  std::uint64_t missed = 0;            ///< answers of it whose report found no room
};

/// The fullest that the buffers on the caller's side were, whole run, added up over offerers.
struct CallerPeaks {
  std::uint64_t in_flight = 0;  ///< calls that were out at once
  std::uint64_t held = 0;       ///< offers that waited at once for room in the queue
};

/// How busy a part was in the measured window, 0…1.
struct PartBusy {
  std::string part;  ///< "backend", "workers", "queue", "generator", "connections"
  double busy = 0.0;
  std::string text;  ///< "8 of 8 slots"
};

/// The calls that waited in the queue.
struct Backlog {
  std::int64_t peak = 0;
  std::int64_t end = 0;  ///< when traffic stopped
  double growth_per_s = 0.0;
  double growth_per_s_error = 0.0;  ///< standard error of the slope
  Duration oldest_age{0};           ///< greatest age seen
  std::optional<Duration> drain;    ///< from the end of traffic until nothing was queued or in work
  std::string forecast;             ///< "clears in 35 s", "grows 200/s, will not drain", "empty"
};

/// Sums that checks need and that ticks do not carry; measured phase unless said otherwise.
struct ArrivalEvidence {
  /// The first 4,096 offered gaps of the window, divided by the mean gap planned at that time.
  std::vector<double> planned_gaps;
  std::vector<double> offered_gaps;
  std::uint64_t planned_in_window = 0;  ///< calls with planned_at inside the measured window
  std::uint64_t offered_in_window = 0;  ///< calls with offered_at inside it
};
struct FlowEvidence {
  double in_system_time_average =
      0.0;                             ///< calls between offered and returned, integrated by events
  double completed_in_window = 0.0;    ///< calls that left the system inside the window
  double mean_time_in_system_s = 0.0;  ///< of those, offered → settled
  double edge_s = 0.0;                 ///< time that only one side of Little's law counts
  std::uint64_t at_window_start = 0;
  std::uint64_t at_window_end = 0;
};
/// What a closed loop's callers did in the measured window, for the response-time law: the cycles
/// whose calls ended inside it. A cycle is a call, until it was settled, and the think time after
/// it.
struct LoopEvidence {
  std::uint64_t callers = 0;     ///< that were making calls during the whole window
  std::uint64_t cycles = 0;      ///< that ended in the window
  double mean_response_s = 0.0;  ///< R of those: planned → settled, whatever the outcome
  double mean_think_s = 0.0;     ///< Z of those: settled → planned, as drawn
  /// Summed time of cycles across the window's edges, which only one side of the law counts; empty
  /// where calls were still out when the run ended, or the window ended early.
  std::optional<double> edge_s;
};
struct ClockEvidence {
  std::uint64_t negative_spans = 0;
  std::uint64_t over_range = 0;
};
/// One second of the measured window, for stationarity and the rate per second.
struct SecondBin {
  std::int64_t planned = 0;
  std::int64_t offered = 0;
  std::int64_t completed = 0;
  std::optional<Duration> completion_p50;
  std::int64_t backlog = 0;  ///< at its end: queued (or, direct, in flight)
};

/// Everything that one run found out: the content of `result.json`, as plain data. `run` fills
/// what was measured, `judge` fills validity, findings, objectives, limiting part and exit code,
/// `record` writes and reads it.
struct RunDocument {
  // run
  std::string id;
  std::string started_at;  ///< UTC, ISO 8601
  double warm_up_seconds = 0.0, measure_seconds = 0.0, drain_seconds = 0.0, sweep_seconds = 0.0;
  bool complete = false;
  bool interrupted = false;
  std::string stopped_because;  ///< the sentence of the rule that ended the run early, or empty
  std::size_t repetition = 0;   ///< 1 … run.repeat of a repeated scenario; 0: it is not repeated
  bool altered = false;
  BuildIdentity build;
  Machine machine;

  // experiment
  Scenario scenario;
  std::string scenario_hash;
  std::string label;  ///< the row of a study

  // queue: empty name on the direct path
  std::string queue_name, queue_version, producer_guarantee, consumer_guarantee;
  std::string producer_guarantee_words, consumer_guarantee_words;
  std::vector<std::pair<std::string, std::string>> queue_traits;
  std::vector<std::pair<std::string, std::string>> effective_settings;
  std::vector<std::string> emulated;
  /// Messages in the queue that were not of this run. They are in no account.
  std::uint64_t foreign_messages = 0;

  // account
  LedgerCounts ledger;  ///< measured phase
  bool balanced = false;
  bool guarantee_broken = false;  ///< lost, duplicated or reordered beyond the declared guarantee

  // throughput, over the measured window
  double planned_per_s = 0.0, offered_per_s = 0.0, completed_per_s = 0.0, goodput_per_s = 0.0;
  /// Empty on the take path, where nothing is offered and so nothing can be dropped.
  std::optional<double> drop_rate, drop_rate_max;
  bool saturated = false;

  SpanSummaries latency;
  std::vector<ClassResult> classes;  ///< empty while all calls are of one class
  Fairness fairness;
  std::optional<CallerPeaks> caller_peaks;

  std::optional<FrontResult> front;  ///< empty on other paths

  std::optional<Backlog> backlog;
  std::size_t worker_count = 0;
  std::optional<WorkerTroubles> worker_troubles;      ///< empty on paths without workers
  double workers_busy = 0.0;                          ///< mean number busy in the window
  std::optional<double> workers_needed;               ///< planned rate × mean time per call
  std::optional<double> backend_slots, backend_busy;  ///< busy = mean slots busy in the window
  std::optional<std::uint64_t> backend_served, backend_wasted;
  std::optional<double> backend_mean_service_s;  ///< as the backend measured it
  std::optional<ConnectionUse> connections;      ///< empty where nothing goes over HTTP

  std::vector<PartBusy> busy;
  std::string limiting_part;
  std::vector<Finding> findings;

  // cost
  std::vector<RoleCost> roles;
  double cpu_us_per_call = 0.0;
  std::uint64_t max_rss_bytes = 0;
  std::uint64_t allocations = 0;  ///< by engine threads in the measured window
  HostStrain host;                ///< what the host did to everybody in the measured window

  // judgement
  ArrivalEvidence arrivals;
  FlowEvidence flow;
  std::optional<LoopEvidence> loop;  ///< closed loops
  ClockEvidence clock;
  std::vector<SecondBin> seconds;
  Validity validity;
  std::vector<ObjectiveResult> objectives;
  int exit_code = 0;
};

/// "timer", "spin:50us", "coalesce:1ms".
[[nodiscard]] std::string pacing_text(const Pacing& pacing);

[[nodiscard]] std::string_view to_string(Check::Verdict verdict) noexcept;
[[nodiscard]] std::string_view to_string(Validity::Verdict verdict) noexcept;

}  // namespace queuemeter
