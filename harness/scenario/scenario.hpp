// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_id_rule.hpp"
#include "harness/call/completed_by.hpp"
#include "harness/call/distribution.hpp"
#include "harness/call/http_settings.hpp"
#include "harness/call/instant.hpp"
#include "harness/call/queue_settings.hpp"
#include "harness/call/rate.hpp"
#include "harness/call/size_distribution.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace queuemeter {

/// What a run must reach. `metric` is "drop_rate", "goodput" (calls/s), "backlog_age" (ns),
/// "drain" (ns), or a span and a percentile such as "completion_p99" (ns).
struct Objective {
  enum class Comparison { below, at_most, above, at_least };
  std::string metric;
  Comparison comparison = Comparison::below;
  double limit = 0.0;  ///< ns, calls/s or a fraction, as the metric has it
  std::string text;    ///< as written: "< 50ms"
};

/// One piece of an open-loop rate over time. `hold` keeps `rate`, `ramp` goes linearly from the
/// previous rate to `rate`, `step` jumps to `rate` and keeps it, `burst` puts `calls` at one
/// instant (on top of nothing: it has no length), `sine` swings from `rate` up to `peak` and back
/// once per `period`, beginning in the middle, rising.
struct Stage {
  enum class Kind { hold, ramp, step, burst, sine };
  Kind kind = Kind::hold;
  Rate rate = {};
  Duration length{0};
  std::uint64_t calls = 0;  ///< burst
  Rate peak = {};           ///< sine
  Duration period{0};       ///< sine
};

/// How an offering thread waits until a call is due. `timer` sleeps until each one; `spin` sleeps
/// until `span` before and then spins; `coalesce` wakes every `span` and offers all that is due.
struct Pacing {
  enum class Kind { timer, spin, coalesce };
  Kind kind = Kind::timer;
  Duration span{0};
  friend bool operator==(const Pacing&, const Pacing&) = default;
};

struct RunSettings {
  Pacing pacing;
  std::optional<std::uint64_t> calls;  ///< the measured window ends after so many planned calls
  std::size_t repeat = 1;              ///< runs of the same scenario, one after the other
  Duration warm_up = std::chrono::seconds{2};
  Duration measure = std::chrono::seconds{20};
  Duration drain = std::chrono::seconds{5};
  std::uint64_t seed = 7;
  Duration tick = std::chrono::milliseconds{100};
};

enum class Arrivals { constant, poisson, replay };

/// Who decides when the next call comes. `open`: a rate, whatever happens. `closed`: N callers,
/// each waits for its reply (or `reply_timeout`), thinks, calls again. `half_open`: sessions of
/// several calls arrive as an open loop, and each goes on like a caller. `saturate`: as fast as the
/// queue takes them, for the throughput of queues and of queuemeter itself; no latency is claimed.
enum class TrafficModel { open, closed, half_open, saturate };

/// One kind of calls. A call's class is drawn with probability weight ÷ sum of the weights.
struct TrafficClass {
  std::string name = "default";
  double weight = 1.0;
  SizeDistribution payload = SizeDistribution::constant(256);
  std::optional<Distribution> deadline;  ///< after planned_at
  std::uint8_t priority = 0;             ///< higher is more urgent
  std::vector<Objective> objectives;     ///< of this class alone
};
inline constexpr std::size_t most_classes = 8;

struct TrafficSettings {
  TrafficModel model = TrafficModel::open;
  Arrivals arrivals = Arrivals::poisson;
  std::string replay_file;    ///< of `replay`: CSV, or an access log (combined or JSON lines)
  std::size_t callers = 100;  ///< closed
  Distribution think = Distribution::constant(Duration{0});  ///< closed and half-open
  Duration ramp{0};         ///< closed: callers start evenly spread over it
  std::size_t session = 5;  ///< half-open: calls of one session
  Rate rate = Rate::per_second(1000);
  std::vector<Stage> stages;  ///< when not empty, `rate` is the first stage's
  Duration reply_timeout = std::chrono::seconds{5};
  std::size_t caller_limit = 10'000;
  SizeDistribution payload = SizeDistribution::constant(256);
  HttpRequestSettings request;  ///< what requests hold where calls are made over HTTP
  std::optional<Distribution> deadline;
  std::size_t offerers = 1;  ///< offering threads; the plan does not depend on it
  /// As written; empty: all calls are of one class, with `payload` and `deadline` above. What a
  /// class leaves out it has from there.
  std::vector<TrafficClass> classes;

  /// The classes of the calls, at least one.
  [[nodiscard]] std::vector<TrafficClass> effective_classes() const;
};

enum class PathKind { direct, queued, front, offer, take };
enum class ReplyKind { none, memory, queue };

/// The path through a front end: a whole site that is tested over HTTP. Without a URL it is a
/// `queuemeter front` that the run starts, with the scenario's queue, workers and backend.
struct SiteSettings {
  std::string url;
  CompletedBy completion = CompletedBy::response;
  std::string result_url;  ///< may hold places; empty: what the site says in `Location`
  Duration poll_interval = std::chrono::milliseconds{100};
  CallIdRule call_id;           ///< of `completion = "backend"`
  HttpClientSettings client;    ///< how the site is called
  HttpRequestSettings request;  ///< beside what [traffic] says of all requests
};

struct PathSettings {
  PathKind kind = PathKind::queued;
  ReplyKind reply = ReplyKind::memory;
  SiteSettings site;  ///< kind = front
};

/// How a worker goes about a call whose backend failed it: again after `delay` (fixed), or after
/// delay · 2^(n−1) (exponential), each ± `jitter` as a fraction. `attempts` counts the first one.
/// The budget bounds what retries add to a struggling backend: retries ≤ budget × calls begun.
struct RetrySettings {
  enum class Kind { none, fixed, exponential };
  Kind kind = Kind::none;
  std::size_t attempts = 3;
  Duration delay = std::chrono::milliseconds{100};
  double jitter = 0.2;
  std::optional<double> budget;
};

/// After how many calls a worker process ends and is replaced; ± `jitter` as a fraction of them,
/// so that children do not end together. 0 calls: never.
struct RecycleSettings {
  std::uint64_t calls = 0;
  double jitter = 0.0;
};

struct WorkerSettings {
  enum class Kind { thread, async, process };
  Kind kind = Kind::thread;
  std::size_t count = 8;    ///< calls worked on at once: threads, slots or processes
  std::size_t threads = 1;  ///< async: event loops that the slots are spread over
  Duration poll{0};         ///< an idle worker looks again after this long; 0 waits for the queue
  Duration boot{0};         ///< process: from its start until it takes its first call
  RecycleSettings recycle;  ///< process
  double crash_rate = 0.0;  ///< process: probability that it dies in the middle of a call
  std::optional<Duration> ack_timeout;  ///< acked queues: delivered again after it
  RetrySettings retry;
};

/// Where a server of ours listens; port 0 is a free one.
struct ListenAddress {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

/// What workers call: a synthetic backend in memory, a URL, (`managed`) a `queuemeter backend`
/// child process that the run starts with these settings and stops afterwards, or (`none`) nothing:
/// a call is done when it is taken, which measures the queue alone.
struct BackendSettings {
  enum class Kind { synthetic, http, managed, none };
  enum class Work { sleep, burn };
  enum class Model { pool, event };
  Work work = Work::sleep;
  std::optional<RateLimit> rate_limit;
  Kind kind = Kind::synthetic;
  Distribution service_time = Distribution::exponential(std::chrono::milliseconds{1});
  double error_rate = 0.0;
  double hang_rate = 0.0;
  std::size_t concurrency = 64;
  std::size_t queue = 1024;
  std::string url;
  HttpClientSettings client;  ///< http and managed: how it is called
  Model model = Model::pool;  ///< managed: a thread for each connection, or one for all
  ListenAddress listen;       ///< managed: where a site of somebody else's finds it
  std::size_t answer = 3;     ///< managed: bytes of a good answer's body
  /// Managed, event: bytes per second of one answer; nothing: as fast as it is taken.
  std::optional<std::uint64_t> bandwidth;
};

/// A moment at which something is broken on purpose. `at` counts from the start of the measured
/// window. Only the freeze of a backend is built: SIGSTOP for a managed one.
struct Fault {
  Duration at{0};
  Duration length{0};
};

/// One validated experiment: everything a run needs to know. A value; immutable once parsed.
struct Scenario {
  RunSettings run;
  TrafficSettings traffic;
  PathSettings path;
  QueueSettings queue;
  WorkerSettings workers;
  BackendSettings backend;
  std::vector<Objective> objectives;
  std::vector<Fault> faults;
};

/// The words of scenario files.
[[nodiscard]] std::string_view to_string(TrafficModel model) noexcept;
[[nodiscard]] std::string_view to_string(Arrivals arrivals) noexcept;
[[nodiscard]] std::string_view to_string(WorkerSettings::Kind kind) noexcept;
[[nodiscard]] std::string_view to_string(RetrySettings::Kind kind) noexcept;
[[nodiscard]] std::string_view to_string(BackendSettings::Work work) noexcept;
[[nodiscard]] std::string_view to_string(BackendSettings::Model model) noexcept;
[[nodiscard]] std::string_view to_string(WhenFull when_full) noexcept;
[[nodiscard]] std::string_view to_string(Stamps stamps) noexcept;
[[nodiscard]] std::string_view to_string(PathKind kind) noexcept;
[[nodiscard]] std::string_view to_string(ReplyKind kind) noexcept;
[[nodiscard]] std::string_view to_string(WaitPolicyKind kind) noexcept;
[[nodiscard]] std::string_view to_string(BackendSettings::Kind kind) noexcept;

/// The scenario as TOML with every key spelled out (the run folder's `scenario.toml`); reading it
/// back gives the same scenario.
[[nodiscard]] std::string to_toml(const Scenario& scenario);

/// FNV-1a 64 of `to_toml`, in hexadecimal: equal for equal experiments.
[[nodiscard]] std::string scenario_hash(const Scenario& scenario);

}  // namespace queuemeter
