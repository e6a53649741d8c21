// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/combinations.hpp"

#include "harness/call/in_quotes.hpp"
#include "harness/call/quantity.hpp"
#include "harness/call/url_password.hpp"
#include "harness/scenario/measurable.hpp"
#include "harness/scenario/objective.hpp"
#include "harness/scenario/read_site.hpp"
#include "harness/scenario/unused_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace queuemeter {
namespace {

struct ArrangementKey {
  std::string_view table;
  std::string_view name;
  bool differs;  // from the default
};

/// The settings that decide, the one that is to blame first.
std::vector<ArrangementKey> arrangement_keys(const Arrangement& wanted, std::string_view blamed) {
  const Arrangement usual;
  std::vector<ArrangementKey> keys{{"traffic", "model", wanted.model != usual.model},
                                   {"path", "kind", wanted.path != usual.path},
                                   {"path", "reply", wanted.reply != usual.reply},
                                   {"workers", "kind", wanted.workers != usual.workers},
                                   {"backend", "kind", wanted.backend != usual.backend}};
  std::stable_partition(keys.begin(), keys.end(), [&](const ArrangementKey& key) {
    return fmt::format("{}.{}", key.table, key.name) == blamed;
  });
  return keys;
}

/// An error stands at a key that somebody wrote, also where the one to blame has its default.
void check_arrangement(const Scenario& scenario, const TableReader& root, ErrorList& errors) {
  const Arrangement wanted = arrangement_of(scenario);
  const auto refusal = refusal_of(wanted);
  if (!refusal) {
    return;
  }
  const auto keys = arrangement_keys(wanted, refusal->key);
  const bool unreadable = std::any_of(keys.begin(), keys.end(), [&](const ArrangementKey& key) {
    return errors.concerns(fmt::format("{}.{}", key.table, key.name));
  });
  const auto key = std::find_if(keys.begin(), keys.end(), [&](const ArrangementKey& one) {
    const bool is_blamed = &one == &keys.front();
    return (is_blamed || one.differs) && root.table(one.table).has(one.name);
  });
  if (!unreadable && key != keys.end()) {
    root.table(key->table)
        .fail(key->name, fmt::format("{}; use {}", refusal->why,
                                     difference(wanted, nearest_measurable(wanted))));
  }
}

void check_take(const Scenario& scenario, const TableReader& path) {
  if (scenario.path.kind == PathKind::take && !scenario.run.calls) {
    path.fail("kind",
              "the take path takes calls that are put into the queue before it begins, so "
              "it must know how many; add run.calls = 100000");
  }
}

void check_stamps(const Scenario& scenario, const TableReader& queue) {
  if (scenario.queue.stamps == Stamps::shared && scenario.traffic.model != TrafficModel::saturate) {
    queue.fail("stamps", R"("shared" tells throughput and no latency, so it goes with )"
                         R"(traffic.model = "saturate" only; use stamps = "own")");
  }
}

void check_workers(const WorkerSettings& workers, bool kind_is_varied, const TableReader& reader) {
  constexpr std::size_t most_threads = 4'096;
  constexpr std::size_t most_processes = 1'024;
  using Kind = WorkerSettings::Kind;
  if (workers.kind == Kind::thread && workers.count > most_threads) {
    reader.fail("count", fmt::format(R"({} threads are too many; use {} at the most, or )"
                                     R"(kind = "async")",
                                     workers.count, most_threads));
  }
  if (workers.kind == Kind::process && workers.count > most_processes) {
    reader.fail("count", fmt::format("{} processes are too many; use {} at the most", workers.count,
                                     most_processes));
  }
  if (workers.kind == Kind::async && workers.threads > workers.count) {
    reader.fail("threads", fmt::format("{} threads cannot share {} slots; use threads = {} or less",
                                       workers.threads, workers.count, workers.count));
  }
  if (workers.kind == Kind::async && workers.poll > Duration{0} && !kind_is_varied) {
    reader.fail("poll", R"(asynchronous slots are given their calls and do not look for them; )"
                        R"(use poll = "0s", or kind = "thread")");
  }
  if (workers.recycle.jitter > 0.0 && workers.recycle.calls == 0) {
    const TableReader recycle = reader.table("recycle");
    if (recycle.has("jitter")) {
      recycle.fail("jitter", "a share of no calls is nothing; add calls = 500, or remove it");
    }
  }
}

/// Burning is done by the thread that calls; neither an offerer nor an event loop has the time.
void check_work(const Scenario& scenario, const TableReader& backend) {
  if (scenario.backend.work == BackendSettings::Work::burn &&
      scenario.backend.kind == BackendSettings::Kind::managed &&
      scenario.backend.model == BackendSettings::Model::event) {
    backend.fail("work", R"(would hold up all connections of model = "event"; use model = "pool", )"
                         R"(or work = "sleep")");
  }
  if (scenario.backend.work != BackendSettings::Work::burn ||
      scenario.backend.kind != BackendSettings::Kind::synthetic) {
    return;
  }
  if (scenario.path.kind == PathKind::direct) {
    backend.fail("work", R"(a backend in memory would burn the time of the thread that offers; )"
                         R"(use path.kind = "queued", or work = "sleep")");
  } else if (scenario.path.kind == PathKind::queued &&
             scenario.workers.kind == WorkerSettings::Kind::async) {
    backend.fail("work", R"(a backend in memory would burn the time of every slot of a thread; )"
                         R"(use workers.kind = "thread", or work = "sleep")");
  }
}

bool is_callable(std::string_view url) {
  constexpr std::array<std::string_view, 3> schemes{"http://", "https://", "http+unix://"};
  return url.find_first_of(" \t\r\n") == std::string_view::npos &&
         std::any_of(schemes.begin(), schemes.end(), [&](std::string_view scheme) {
           return url.starts_with(scheme) && url.size() > scheme.size();
         });
}

/// What of an HTTP client's settings contradicts something else.
void check_client(const HttpClientSettings& client, PathKind path, const TableReader& reader) {
  const bool is_once = client.connection == HttpClientSettings::ConnectionUse::once;
  if (client.open > client.connections) {
    reader.fail("open", fmt::format("{} connections cannot be opened where {} are allowed; use "
                                    "connections = {}",
                                    client.open, client.connections, client.open));
  }
  if (client.open > 0 && (is_once || path != PathKind::direct)) {
    reader.fail("open", R"(connections are opened beforehand for callers who use them again; use )"
                        R"(path.kind = "direct" and connection = "keep_alive")");
  }
  if (is_once && client.pipelining > 1) {
    reader.fail("pipelining", R"(a connection for each request has none behind it; use )"
                              R"(connection = "keep_alive")");
  }
  if (is_once && client.protocol == HttpClientSettings::Protocol::http_2) {
    reader.fail("connection", R"(HTTP/2 is made for one connection with many requests; use )"
                              R"(http = "1.1")");
  }
}

void check_backend(const BackendSettings& backend, const TableReader& reader) {
  if (backend.kind != BackendSettings::Kind::http) {
    if (!backend.url.empty()) {
      reader.fail("url", fmt::format(R"(only kind = "http" calls a URL, and kind is "{}"; set )"
                                     R"(kind = "http" or remove it)",
                                     to_string(backend.kind)));
    }
    return;
  }
  if (backend.url.empty()) {
    reader.fail("url", R"(kind = "http" needs a URL; add url = "http://127.0.0.1:8080/")");
  } else if (!is_callable(backend.url)) {
    reader.fail("url", fmt::format("{} is not a URL that can be called; write it like "
                                   "http://127.0.0.1:8080/slow",
                                   in_quotes(without_password(backend.url))));
  }
}

void check_objectives(const std::vector<Objective>& objectives, const TableReader& reader) {
  const auto latency = std::find_if(objectives.begin(), objectives.end(), [](const Objective& one) {
    return is_latency_metric(one.metric);
  });
  // Also one that could not be read stands for itself.
  if (latency != objectives.end() && !reader.has("drop_rate")) {
    reader.fail(latency->metric,
                R"(an objective on latency needs one on drops, or a run that drops its slow calls )"
                R"(meets it; add drop_rate = "< 0.1%")");
  }
}

/// What a path or a model cannot tell, no objective can ask for.
void check_observable(const Scenario& scenario, const TableReader& reader) {
  const bool takes = scenario.path.kind == PathKind::take;
  const bool saturates = scenario.traffic.model == TrafficModel::saturate;
  for (const Objective& objective : scenario.objectives) {
    if (takes && (is_latency_metric(objective.metric) || objective.metric == "drop_rate")) {
      reader.fail(objective.metric,
                  "the take path knows only how fast calls are taken; use "
                  R"(goodput = "> 1k/s")");
    } else if (saturates && is_latency_metric(objective.metric)) {
      reader.fail(objective.metric,
                  "a saturated queue tells its throughput and no latency; use "
                  R"(goodput = "> 1k/s", or traffic.model = "open")");
    }
  }
}

void check_classes(const Scenario& scenario, const TableReader& traffic) {
  const auto tables = traffic.tables("class");
  for (std::size_t i = 0; i < scenario.traffic.classes.size() && i < tables.size(); ++i) {
    const TableReader reader = tables[i].table("objectives");
    check_objectives(scenario.traffic.classes[i].objectives, reader);
    for (const Objective& objective : scenario.traffic.classes[i].objectives) {
      if (objective.metric == "backlog_age" || objective.metric == "drain") {
        reader.fail(objective.metric, fmt::format("a backlog is not of one class; put {} into "
                                                  "[objectives]",
                                                  objective.metric));
      }
    }
  }
}

void check_faults(const Scenario& scenario, const TableReader& root) {
  const auto tables = root.tables("fault");
  for (std::size_t i = 0; i < scenario.faults.size() && i < tables.size(); ++i) {
    const Fault& fault = scenario.faults[i];
    if (scenario.backend.kind == BackendSettings::Kind::none) {
      tables[i].fail("who", R"(there is no backend to freeze with backend.kind = "none"; use )"
                            R"(backend.kind = "managed" or "synthetic")");
    }
    if (scenario.backend.kind == BackendSettings::Kind::http) {
      tables[i].fail("who", R"(a backend that queuemeter did not start is not frozen; use )"
                            R"(backend.kind = "managed" or "synthetic")");
    }
    if (fault.at >= scenario.run.measure) {
      tables[i].fail(
          "at", fmt::format("{} is after the end of the measured window of {}; make it "
                            "earlier, or run.measure longer",
                            to_scenario_text(fault.at), to_scenario_text(scenario.run.measure)));
    }
    if (i > 0 && fault.at < scenario.faults[i - 1].at + scenario.faults[i - 1].length) {
      tables[i].fail("at",
                     "begins before the fault above it has ended; list faults in the order "
                     "of time, one after the other");
    }
  }
}

}  // namespace

void check_combinations(const Scenario& scenario, const TomlValue& root, ErrorList& errors) {
  const TableReader reader{&root, "", errors};
  check_arrangement(scenario, reader, errors);
  check_unused_keys(scenario, root, errors);
  if (!errors.concerns("run.calls") && !errors.concerns("path.kind")) {
    check_take(scenario, reader.table("path"));
  }
  check_stamps(scenario, reader.table("queue"));
  if (scenario.path.kind == PathKind::front) {
    check_site(scenario, reader);
  }
  if (!errors.concerns("workers.kind")) {
    check_workers(scenario.workers, is_varied(root, "workers.kind"), reader.table("workers"));
  }
  if (!errors.concerns("backend.kind") && !errors.concerns("backend.url")) {
    check_backend(scenario.backend, reader.table("backend"));
    check_work(scenario, reader.table("backend"));
    check_client(scenario.backend.client, scenario.path.kind, reader.table("backend"));
    check_client(scenario.path.site.client, scenario.path.kind, reader.table("path"));
  }
  check_objectives(scenario.objectives, reader.table("objectives"));
  check_observable(scenario, reader.table("objectives"));
  check_classes(scenario, reader.table("traffic"));
  if (!errors.concerns("fault.at") && !errors.concerns("run.measure")) {
    check_faults(scenario, reader);
  }
}

}  // namespace queuemeter
