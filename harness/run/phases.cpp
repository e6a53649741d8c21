// SPDX-License-Identifier: Apache-2.0
#include "harness/run/phases.hpp"

#include "harness/call/quantity.hpp"
#include "harness/judge/judge.hpp"
#include "harness/run/assembly.hpp"
#include "harness/run/preload.hpp"
#include "harness/run/prepare_site.hpp"
#include "harness/run/process_workers.hpp"
#include "harness/run/refusals.hpp"
#include "harness/run/run_state.hpp"
#include "harness/run/write_up.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace queuemeter {
namespace {

/// From building the engine until the plan begins: all threads are up and asleep by then, and
/// worker processes have opened what they need.
Duration lead_time(const Scenario& scenario) {
  constexpr Duration threads = std::chrono::milliseconds{100};
  constexpr Duration each_process = std::chrono::milliseconds{50};
  return scenario.workers.kind == WorkerSettings::Kind::process
             ? threads + each_process * static_cast<Duration::rep>(scenario.workers.count)
             : threads;
}
/// What the opening of connections before the traffic may take: its plan, and a second for the
/// last of them.
Duration connect_time(const Scenario& scenario) {
  const HttpClientSettings& client = scenario.backend.client;
  if (client.open == 0 || !calls_over_http(scenario)) {
    return Duration{0};
  }
  return client.open_rate.mean_gap() * static_cast<Duration::rep>(client.open) +
         std::chrono::seconds{1};
}

void sleep_until(Instant at) {
  std::this_thread::sleep_until(std::chrono::steady_clock::time_point{at.time_since_epoch()});
}

bool is_interrupted(RunState& state) {
  const std::atomic<bool>* const flag = state.environment.interrupted;
  state.interrupted = state.interrupted || (flag != nullptr && flag->load());
  return state.interrupted;
}

/// One tick now. A write error is kept and ends the run early.
void tick(RunState& state, std::string_view stage) {
  state.clock.renew();
  if (const Result<void> written = state.ticker->tick(stage, state.clock.now()); !written) {
    state.write_error = state.write_error.value_or(written.error());
  }
}

/// Ticks at the run's even times until `end`, or until `stop()` is true at a tick.
template <class Stop>
void tick_until(RunState& state, std::string_view stage, Instant end, Stop&& stop) {
  const Duration step = state.scenario.run.tick;
  Instant now = state.clock.now();
  while (now < end) {
    const auto passed = std::max<Duration::rep>(0, (now - state.window.start) / step);
    sleep_until(std::min(end, state.window.start + step * (passed + 1)));
    tick(state, stage);
    if (stop()) {
      return;
    }
    now = state.clock.now();
  }
}

/// Whether the run puts load on a system that queuemeter did not start.
bool loads_a_foreign_system(const RunState& state) {
  const Scenario& scenario = state.scenario;
  if (scenario.path.kind == PathKind::front) {
    return !state.site.is_ours;
  }
  return queue_is_remote(scenario) ||
         (calls_a_backend(scenario) && scenario.backend.kind == BackendSettings::Kind::http);
}

/// Whether somebody else's system has failed for so long that it is left alone.
bool is_to_be_left_alone(RunState& state) {
  if (state.environment.abort_when_failing && loads_a_foreign_system(state)) {
    state.stopped_because = state.ticker->failure_rule().verdict();
  }
  return state.stopped_because.has_value();
}

bool must_stop(RunState& state) {
  return is_interrupted(state) || state.write_error.has_value() || is_to_be_left_alone(state);
}

/// Whether a run of so many calls has planned them all; when, a closed loop does not know before.
bool has_made_its_calls(const RunState& state) {
  return state.scenario.run.calls.has_value() && state.parts->traffic_is_over();
}

class Prepare final : public RunPhase {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "prepare"; }

  [[nodiscard]] std::optional<Error> execute(RunState& state) override {
    if (std::optional<Error> error = refusal_of_machine(state.scenario)) {
      return error;
    }
    Result<ArrivalPlan> arrivals = make_arrival_plan(state.scenario);
    if (!arrivals) {
      return arrivals.error();
    }
    open_document(state);
    auto records = std::make_unique<RecordTable>(run_number(state.document.id));
    RunParts::Queues queues;
    if (std::optional<Error> error = open_queues(state, *records, queues)) {
      return error;
    }
    if (std::optional<Error> error = reach_backend(state)) {
      return error;
    }
    if (queues.calls != nullptr) {
      describe_queue(state.document, *queues.calls);
    }
    Result<RunFolder> folder = RunFolder::create(state.folder_path, state.document);
    if (!folder) {
      return Error::usage(folder.error().what);  // not writable at the start: a usage error
    }
    state.folder = std::move(*folder);
    if (const Result<void> written = state.folder->write_scenario(state.scenario); !written) {
      return written.error();
    }
    if (state.scenario.path.kind == PathKind::take) {
      if (const Result<void> loaded = preload(state.scenario, make_class_draw(state.scenario),
                                              *records, *queues.calls, state.clock);
          !loaded) {
        return loaded.error();
      }
    }
    state.window =
        make_window(state.scenario, *arrivals,
                    state.clock.now() + lead_time(state.scenario) + connect_time(state.scenario));
    if (state.scenario.path.kind == PathKind::take) {
      plan_preloaded(*records, state.window.measure_from);
    }
    Result<std::unique_ptr<Backend>> backend = make_backend(state);
    if (!backend) {
      return backend.error();
    }
    MakeProcessCrew make_crew = children_of(state, *records, queues);
    state.parts = std::make_unique<RunParts>(
        state.scenario, state.window, state.clock, std::move(*arrivals), std::move(records),
        std::move(queues), std::move(*backend), std::move(make_crew), std::move(state.made_site));
    state.engine = std::make_unique<Engine>(*state.parts, state.clock, state.scenario);
    if (std::optional<Error> error = listen_for_results(state)) {
      return error;
    }
    state.ticker = std::make_unique<Ticker>(*state.parts, state.engine->roles(), *state.folder,
                                            state.scenario, state.environment.progress);
    return std::nullopt;
  }

 private:
  static std::optional<Error> open_queues(const RunState& state, RecordTable& records,
                                          RunParts::Queues& queues) {
    if (state.scenario.path.kind == PathKind::direct ||
        state.scenario.path.kind == PathKind::front) {
      return std::nullopt;
    }
    const QueueSettings settings = make_queue_settings(state.scenario);
    QueueContext context = make_queue_context(state.scenario, records);
    Result<std::unique_ptr<Queue>> opened = state.environment.open_queue(settings, context);
    if (!opened) {
      return opened.error();
    }
    queues.calls = std::move(*opened);
    if (std::optional<Error> error = refusal(state.scenario, queues.calls->traits())) {
      return error;
    }
    if (state.scenario.path.reply == ReplyKind::queue) {
      context.role = "replies";
      opened = state.environment.open_queue(settings, context);
      if (!opened) {
        return opened.error();
      }
      queues.replies = std::move(*opened);
    }
    return std::nullopt;
  }

  /// How worker processes are made, if they are.
  static MakeProcessCrew children_of(const RunState& state, RecordTable& records,
                                     const RunParts::Queues& queues) {
    if (state.scenario.workers.kind != WorkerSettings::Kind::process || queues.calls == nullptr) {
      return {};
    }
    const std::string url = state.backend_process == nullptr ? "" : state.backend_process->url();
    return process_crew_maker(state.environment.program,
                              make_process_orders(state.scenario, state.window,
                                                  make_queue_context(state.scenario, records),
                                                  *queues.calls, queues.replies.get(), url),
                              records);
  }

  /// Before the first request says where its result is to be sent.
  static std::optional<Error> listen_for_results(RunState& state) {
    Site* const site = state.parts->site();
    for (std::size_t offerer = 0; site != nullptr && offerer < state.scenario.traffic.offerers;
         ++offerer) {
      if (const Result<void> listens = site->listen(offerer, state.engine->sockets(offerer));
          !listens) {
        return Error::unavailable(listens.error().what);
      }
    }
    return std::nullopt;
  }

  /// Starts the backend that is ours to start, and knocks at the one that is not.
  static std::optional<Error> reach_backend(RunState& state) {
    if (state.scenario.path.kind == PathKind::front) {
      return prepare_site(state);
    }
    if (!calls_a_backend(state.scenario)) {
      return std::nullopt;
    }
    switch (state.scenario.backend.kind) {
      case BackendSettings::Kind::synthetic:
      case BackendSettings::Kind::none:
        return std::nullopt;
      case BackendSettings::Kind::http: {
        const Result<void> reached = reach_http_backend(
            make_http_settings(state.scenario, state.scenario.backend.url, false));
        return reached ? std::nullopt : std::optional{reached.error()};
      }
      case BackendSettings::Kind::managed: {
        Result<std::unique_ptr<ServerProcess>> process = start_backend_process(state);
        if (!process) {
          return process.error();
        }
        state.backend_process = std::move(*process);
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  static Result<std::unique_ptr<Backend>> make_backend(const RunState& state) {
    if (state.made_site != nullptr) {
      return make_site_backend(state.scenario, state.site, *state.made_site);
    }
    if (!calls_a_backend(state.scenario)) {
      return std::unique_ptr<Backend>{};
    }
    switch (state.scenario.backend.kind) {
      case BackendSettings::Kind::synthetic:
        return make_synthetic_backend(make_synthetic_settings(state.scenario, state.window));
      case BackendSettings::Kind::http:
        return make_http_backend(
            make_http_settings(state.scenario, state.scenario.backend.url, false));
      case BackendSettings::Kind::managed:
        return make_http_backend(
            make_http_settings(state.scenario, state.backend_process->url(), true));
      case BackendSettings::Kind::none:
        return std::unique_ptr<Backend>{};
    }
    return Error::usage("backend.kind: unknown");
  }
};

/// Starts the threads, and lets them open the connections that are wanted before the traffic.
class Connect final : public RunPhase {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "connect"; }

  [[nodiscard]] std::optional<Error> execute(RunState& state) override {
    state.conductor.emplace(state.engine->roles().enroll("conductor"));
    if (state.scenario.path.kind == PathKind::take) {
      sleep_until(state.window.measure_from);  // all of its calls are there already
    }
    if (const Result<void> started = state.engine->start(); !started) {
      return started.error();
    }
    if (connect_time(state.scenario) > Duration{0}) {
      return open_connections(state);
    }
    return std::nullopt;
  }

 private:
  static ConnectionGauge::Reading reading(const RunState& state) {
    return state.parts->backend()->open_connections().value_or(ConnectionGauge::Reading{});
  }
  /// Ticks, in steps from now on: the even times of the run lie ahead.
  static std::optional<Error> open_connections(RunState& state) {
    const Instant begun_at = state.clock.now();
    Instant now = begun_at;
    while (now < state.window.start && !must_stop(state) &&
           reading(state).open < state.scenario.backend.client.open) {
      sleep_until(std::min(state.window.start, now + state.scenario.run.tick));
      tick(state, "connect");
      now = state.clock.now();
    }
    state.opened_in = now - begun_at;
    return shortfall(state);
  }
  static std::optional<Error> shortfall(RunState& state) {
    const ConnectionGauge::Reading seen = reading(state);
    const std::size_t wanted = state.scenario.backend.client.open;
    if (seen.open >= wanted || must_stop(state)) {
      return std::nullopt;
    }
    return Error::unavailable(
        fmt::format("backend.open: {} of {} connections could be opened at {} ({}); use open = {}, "
                    "or a lower open_rate",
                    seen.open, wanted, format_rate(state.scenario.backend.client.open_rate),
                    seen.failed > 0 ? seen.why : "the others were too slow", seen.open));
  }
};

class WarmUp final : public RunPhase {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "warm_up"; }

  [[nodiscard]] std::optional<Error> execute(RunState& state) override {
    tick_until(state, name(), state.window.measure_from, [&] { return must_stop(state); });
    return std::nullopt;
  }
};

class Measure final : public RunPhase {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "measure"; }

  [[nodiscard]] std::optional<Error> execute(RunState& state) override {
    state.opening = take_reading(*state.parts, state.engine->roles(), state.clock.now());
    const std::jthread faults = break_the_backend(state);
    if (!must_stop(state)) {
      tick_until(state, name(), state.window.measure_to,
                 [&] { return must_stop(state) || has_made_its_calls(state); });
    }
    state.traffic_ended = std::min(state.clock.now(), state.window.measure_to);
    if (must_stop(state)) {
      state.engine->stop_traffic(state.traffic_ended);
    }
    state.closing = take_reading(*state.parts, state.engine->roles(), state.clock.now());
    return std::nullopt;
  }

 private:
  /// Freezes a managed backend's process when the scenario says so. A thread of its own, because
  /// the conductor wakes only every tick. Synthetic backends know their freezes beforehand.
  static std::jthread break_the_backend(RunState& state) {
    if (state.backend_process == nullptr || state.scenario.faults.empty()) {
      return {};
    }
    return std::jthread{[&state](const std::stop_token& stop) {
      for (const Fault& fault : state.scenario.faults) {
        const Instant from = state.window.measure_from + fault.at;
        sleep_until_or(stop, from);
        if (stop.stop_requested()) {
          return;
        }
        state.backend_process->freeze();
        sleep_until_or(stop, from + fault.length);
        state.backend_process->thaw();
      }
    }};
  }

  static void sleep_until_or(const std::stop_token& stop, Instant at) {
    const MonotonicClock clock;
    while (!stop.stop_requested() && clock.now() < at) {
      sleep_until(std::min(at, clock.now() + Duration{std::chrono::milliseconds{20}}));
    }
  }
};

class Drain final : public RunPhase {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "drain"; }

  [[nodiscard]] std::optional<Error> execute(RunState& state) override {
    const Instant limit = state.clock.now() + state.scenario.run.drain;
    if (!is_drained(state)) {
      tick_until(state, name(), limit, [&] { return is_drained(state); });
    }
    state.drain_ended = state.clock.now();
    state.end = take_reading(*state.parts, state.engine->roles(), state.drain_ended);
    return std::nullopt;
  }

 private:
  static bool is_drained(const RunState& state) {
    return state.parts->traffic_is_over() && state.ticker->in_flight() == 0;
  }
};

class Sweep final : public RunPhase {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "sweep"; }

  [[nodiscard]] std::optional<Error> execute(RunState& state) override {
    state.engine->stop();
    state.parts->sweep();
    tick(state, name());
    if (const Result<void> written = state.ticker->finish(); !written) {
      state.write_error = state.write_error.value_or(written.error());
    }
    state.sweep_ended = state.clock.now();
    return std::nullopt;
  }
};

class Settle final : public RunPhase {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "settle"; }

  [[nodiscard]] std::optional<Error> execute(RunState& state) override {
    write_up(state);
    judge(state.document);
    const Result<void> written = state.folder->write_result(state.document);
    if (!written) {
      return state.write_error.value_or(written.error());
    }
    return state.write_error;
  }
};

}  // namespace

std::vector<std::unique_ptr<RunPhase>> phases_of_a_run() {
  std::vector<std::unique_ptr<RunPhase>> phases;
  phases.push_back(std::make_unique<Prepare>());
  phases.push_back(std::make_unique<Connect>());
  phases.push_back(std::make_unique<WarmUp>());
  phases.push_back(std::make_unique<Measure>());
  phases.push_back(std::make_unique<Drain>());
  phases.push_back(std::make_unique<Sweep>());
  phases.push_back(std::make_unique<Settle>());
  return phases;
}

}  // namespace queuemeter
