// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/read_tables.hpp"

#include "harness/call/in_quotes.hpp"
#include "harness/call/quantity.hpp"
#include "harness/call/url_password.hpp"
#include "harness/scenario/read_http.hpp"
#include "harness/scenario/read_objectives.hpp"
#include "harness/scenario/read_site.hpp"
#include "harness/scenario/read_traffic.hpp"
#include "harness/scenario/setting_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;
using TimeRange = TableReader::Range<Duration>;

constexpr TimeRange patience{0s, 24h, true};
constexpr std::uint64_t largest_seed = 0x7FFF'FFFF'FFFF'FFFF;
constexpr std::size_t most_repeats = 100;
constexpr std::size_t most_faults = 100;

RunSettings read_run(const TableReader& reader) {
  RunSettings run;
  reader.time("warm_up", run.warm_up, {0s, 168h});
  reader.time("measure", run.measure, {0s, 168h, true});
  reader.time("drain", run.drain, {0s, 24h});
  reader.time("tick", run.tick, {10ms, 10s});
  reader.count("seed", run.seed, {0, largest_seed});
  reader.parsed("pacing", run.pacing, parse_pacing);
  reader.optional_count("calls", run.calls, {1, 1'000'000'000'000});
  reader.count("repeat", run.repeat, {1, most_repeats});
  return run;
}

PathSettings read_path(const TableReader& reader) {
  PathSettings path;
  reader.word("kind", path.kind,
              {{"direct", PathKind::direct},
               {"queued", PathKind::queued},
               {"front", PathKind::front},
               {"offer", PathKind::offer},
               {"take", PathKind::take}});
  reader.word(
      "reply", path.reply,
      {{"none", ReplyKind::none}, {"memory", ReplyKind::memory}, {"queue", ReplyKind::queue}});
  path.site = read_site(reader);
  return path;
}

/// A row of the catalogue, which only a run knows, or a URL.
void read_use(const TableReader& reader, std::string& use) {
  std::string text = use;
  reader.text("use", text);
  const auto slashes = text.find("://");
  const bool is_url = slashes != std::string::npos;
  if (text.find_first_of(" \t\r\n") != std::string::npos ||
      (is_url && (slashes == 0 || slashes + 3 == text.size() || text.back() == '@'))) {
    reader.fail("use", fmt::format("{} is neither a row of `queuemeter queues` nor a URL such as "
                                   "redis://127.0.0.1:6379/0",
                                   in_quotes(without_password(text))));
    return;
  }
  use = std::move(text);
}

void read_options(const TableReader& options, QueueSettings& queue) {
  options.require_table();
  for (const auto& [name, value] : options.entries()) {
    if (value.list() != nullptr || value.table() != nullptr ||
        std::holds_alternative<TomlValue::Date>(value.content)) {
      options.fail(name,
                   fmt::format("must be a text, a number, true or false, not {}", kind_of(value)));
    } else {
      queue.options.emplace_back(name, to_label(value));
    }
  }
}

QueueSettings read_queue(const TableReader& reader) {
  QueueSettings queue;
  read_use(reader, queue.use);
  reader.optional_count("bound", queue.bound, {1, 1'000'000'000});
  reader.word("when_full", queue.when_full,
              {{"reject", WhenFull::reject}, {"block", WhenFull::block}});
  reader.only_word("policy", "none");
  reader.word("wait", queue.wait,
              {{"spin", WaitPolicyKind::spin},
               {"spin_yield", WaitPolicyKind::spin_yield},
               {"spin_park", WaitPolicyKind::spin_park}});
  reader.only_flag("durable", false);
  reader.count("batch", queue.batch, {1, 4'096});
  reader.count("window", queue.window, {1, 1'000'000});
  reader.count("prefetch", queue.prefetch, {1, 65'536});
  reader.word("stamps", queue.stamps, {{"own", Stamps::own}, {"shared", Stamps::shared}});
  read_options(reader.table("options"), queue);
  return queue;
}

RetrySettings read_retry(const TableReader& reader) {
  RetrySettings retry;
  reader.word("kind", retry.kind,
              {{"none", RetrySettings::Kind::none},
               {"fixed", RetrySettings::Kind::fixed},
               {"exponential", RetrySettings::Kind::exponential}});
  reader.count("attempts", retry.attempts, {2, 100});
  reader.time("delay", retry.delay, {0s, 1h});
  reader.fraction("jitter", retry.jitter);
  if (reader.has("budget")) {
    double budget = 0.0;
    reader.fraction("budget", budget);
    retry.budget = budget;
  }
  return retry;
}

WorkerSettings read_workers(const TableReader& reader) {
  WorkerSettings workers;
  reader.word("kind", workers.kind,
              {{"thread", WorkerSettings::Kind::thread},
               {"async", WorkerSettings::Kind::async},
               {"process", WorkerSettings::Kind::process}});
  reader.count("count", workers.count, {1, 1'000'000});
  reader.count("threads", workers.threads, {1, 64});
  reader.time("poll", workers.poll, {0s, 1h});
  reader.time("boot", workers.boot, {0s, 1h});
  const TableReader recycle = reader.table("recycle");
  recycle.count("calls", workers.recycle.calls, {0, 1'000'000'000});
  recycle.fraction("jitter", workers.recycle.jitter);
  reader.fraction("crash_rate", workers.crash_rate);
  reader.time("ack_timeout", workers.ack_timeout, patience);
  workers.retry = read_retry(reader.table("retry"));
  return workers;
}

Result<std::optional<RateLimit>> parse_optional_limit(std::string_view text) {
  if (text == "none") {
    return std::optional<RateLimit>{};
  }
  const Result<RateLimit> limit = parse_rate_limit(text);
  if (limit.has_error()) {
    return limit.error();
  }
  return std::optional{*limit};
}

Result<std::size_t> parse_answer_size(std::string_view text) {
  constexpr std::uint64_t most = std::uint64_t{64} * 1024 * 1024;
  const Result<std::uint64_t> bytes = parse_bytes(text);
  if (bytes.has_error()) {
    return bytes.error();
  }
  if (*bytes > most) {
    return Error::usage(fmt::format("{} is more than an answer may have; use 64MiB at the most",
                                    in_quotes(std::string{text})));
  }
  return static_cast<std::size_t>(*bytes);
}

Result<std::optional<std::uint64_t>> parse_optional_bandwidth(std::string_view text) {
  if (text == "none") {
    return std::optional<std::uint64_t>{};
  }
  const Result<std::uint64_t> bytes = parse_bandwidth(text);
  if (bytes.has_error()) {
    return bytes.error();
  }
  return std::optional{*bytes};
}

BackendSettings read_backend(const TableReader& reader) {
  BackendSettings backend;
  reader.word("kind", backend.kind,
              {{"synthetic", BackendSettings::Kind::synthetic},
               {"http", BackendSettings::Kind::http},
               {"managed", BackendSettings::Kind::managed},
               {"none", BackendSettings::Kind::none}});
  reader.parsed("service_time", backend.service_time, Distribution::parse);
  reader.fraction("error_rate", backend.error_rate);
  reader.fraction("hang_rate", backend.hang_rate);
  reader.count("concurrency", backend.concurrency, {1, 65'536});
  reader.count("queue", backend.queue, {0, 10'000'000});
  reader.word("work", backend.work,
              {{"sleep", BackendSettings::Work::sleep}, {"burn", BackendSettings::Work::burn}});
  backend.client = read_http_client(reader);
  reader.parsed("rate_limit", backend.rate_limit, parse_optional_limit);
  reader.text("url", backend.url);
  reader.word("model", backend.model,
              {{"pool", BackendSettings::Model::pool}, {"event", BackendSettings::Model::event}});
  reader.parsed("listen", backend.listen, parse_listen_address);
  reader.parsed("answer", backend.answer, parse_answer_size);
  reader.parsed("bandwidth", backend.bandwidth, parse_optional_bandwidth);
  return backend;
}

Fault read_fault(const TableReader& reader) {
  Fault fault;
  reader.require("at", R"(add at = "5s")");
  reader.time("at", fault.at, {0s, 168h});
  reader.require("what", R"(add what = "freeze")");
  reader.only_word("what", "freeze");
  reader.require("who", R"(add who = "backend")");
  reader.only_word("who", "backend");
  reader.require("for", R"(add for = "1s")");
  reader.time("for", fault.length, patience);
  return fault;
}

std::vector<Fault> read_faults(const TableReader& root) {
  const auto tables = root.tables("fault");
  std::vector<Fault> faults;
  if (tables.size() > most_faults) {
    root.fail("fault", fmt::format("{} faults are too many; use {} at the most", tables.size(),
                                   most_faults));
    return faults;
  }
  std::transform(tables.begin(), tables.end(), std::back_inserter(faults), read_fault);
  return faults;
}

}  // namespace

Scenario read_tables(const TomlValue& root, ErrorList& errors) {
  const TableReader reader{&root, "", errors};
  Scenario scenario;
  scenario.run = read_run(reader.table("run"));
  scenario.traffic = read_traffic(reader.table("traffic"));
  scenario.path = read_path(reader.table("path"));
  scenario.queue = read_queue(reader.table("queue"));
  scenario.workers = read_workers(reader.table("workers"));
  scenario.backend = read_backend(reader.table("backend"));
  scenario.objectives = read_objectives(reader.table("objectives"));
  scenario.faults = read_faults(reader);
  return scenario;
}

}  // namespace queuemeter
