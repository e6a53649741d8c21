// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/distribution.hpp"
#include "harness/call/instant.hpp"
#include "harness/call/queue_settings.hpp"
#include "harness/call/rate.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace queuemeter {

/// One piece of an open-loop rate over time. `hold` keeps `rate`, `ramp` goes linearly from the
/// previous rate to `rate`, `step` jumps to `rate` and keeps it.
struct Stage {
  enum class Kind { hold, ramp, step };
  Kind kind = Kind::hold;
  Rate rate;
  Duration length{0};
};

struct RunSettings {
  Duration warm_up = std::chrono::seconds{2};
  Duration measure = std::chrono::seconds{20};
  Duration drain = std::chrono::seconds{5};
  std::uint64_t seed = 7;
  Duration tick = std::chrono::milliseconds{100};
};

enum class Arrivals { constant, poisson };

struct TrafficSettings {
  Arrivals arrivals = Arrivals::poisson;
  Rate rate = Rate::per_second(1000);
  std::vector<Stage> stages;  ///< when not empty, `rate` is the first stage's
  Duration reply_timeout = std::chrono::seconds{5};
  std::size_t caller_limit = 10'000;
  std::uint32_t payload_bytes = 256;
  std::optional<Duration> deadline;
  std::size_t offerers = 1;  ///< offering threads; the plan does not depend on it
};

enum class PathKind { direct, queued };
enum class ReplyKind { none, memory };

struct PathSettings {
  PathKind kind = PathKind::queued;
  ReplyKind reply = ReplyKind::memory;
};

struct WorkerSettings {
  std::size_t count = 8;
};

/// What workers call: a synthetic backend in memory, a URL, or (`managed`) a `queuemeter backend`
/// child process that the run starts with these settings and stops afterwards.
struct BackendSettings {
  enum class Kind { synthetic, http, managed };
  Kind kind = Kind::synthetic;
  Distribution service_time = Distribution::exponential(std::chrono::milliseconds{1});
  double error_rate = 0.0;
  double hang_rate = 0.0;
  std::size_t concurrency = 64;
  std::size_t queue = 1024;
  std::string url;
  std::size_t connections = 4096;
  Duration connect_timeout = std::chrono::seconds{5};
  std::optional<Duration> first_byte_timeout;
  std::optional<Duration> whole_timeout;
};

/// What a run must reach. `metric` is "drop_rate", "goodput" (calls/s), "backlog_age" (ns),
/// "drain" (ns), or a span and a percentile such as "completion_p99" (ns).
struct Objective {
  enum class Comparison { below, at_most, above, at_least };
  std::string metric;
  Comparison comparison = Comparison::below;
  double limit = 0.0;  ///< ns, calls/s or a fraction, as the metric has it
  std::string text;    ///< as written: "< 50ms"
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
[[nodiscard]] std::string_view to_string(Arrivals arrivals) noexcept;
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
