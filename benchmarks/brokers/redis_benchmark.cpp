// SPDX-License-Identifier: Apache-2.0
// What a Redis list costs in queuemeter's own path beside redis-benchmark, and how fast calls go
// through it from end to end. Starts a private server; needs redis-server and redis-benchmark.
//
//   redis_benchmark offer [ROUNDS]     LPUSH: our path `offer` and redis-benchmark by turns
//   redis_benchmark through [ROUNDS]   whole runs that saturate the list from both sides
//
// Prints a row of CSV for each round, so that a reader sees the spread: the machine's mood falls on
// both sides of a ratio, and not on each round alike.
#include "benchmarks/brokers/offer_path.hpp"
#include "harness/run/run.hpp"
#include "queue_impls/catalogue.hpp"
#include "tests/brokers/private_redis.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <utility>

namespace {

using namespace queuemeter;  // NOLINT: a program of one file
using namespace std::chrono_literals;
using brokers_test::PrivateRedis;

constexpr std::uint32_t payload_bytes = 256;
constexpr std::uint32_t header_bytes = 64;

double cpu_seconds(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// One measured round: calls per second, and processor time of the client per call.
struct Round {
  double per_second = 0.0;
  double cpu_ns = 0.0;
};

std::uint64_t next_run_id() {
  static std::uint64_t last = 0;
  return ++last;
}

/// From the planned call to the ledger, with every span recorded.
Round our_round(const PrivateRedis& redis, std::size_t window, std::size_t count) {
  OfferPath::Settings settings;
  settings.queue.use = redis.url();
  settings.queue.window = window;
  settings.payload_bytes = payload_bytes;
  settings.calls = count;
  settings.run_id = next_run_id();
  OfferPath path{settings};
  const MonotonicClock clock;
  const double cpu = cpu_seconds(RUSAGE_THREAD);
  const Instant began = clock.now();
  path.run();
  const double seconds = to_seconds(clock.now() - began);
  const double used = cpu_seconds(RUSAGE_THREAD) - cpu;
  const LedgerCounts account = path.account();
  if (account.of(Outcome::completed) != static_cast<std::int64_t>(count)) {
    throw std::runtime_error{
        fmt::format("{} of {} calls were accepted", account.of(Outcome::completed), count)};
  }
  return {static_cast<double>(count) / seconds, used / static_cast<double>(count) * 1e9};
}

struct TheirRun {
  double per_second = 0.0;
  double cpu_seconds = 0.0;
};

/// redis-benchmark with one connection, the same pipeline, and values as long as our messages.
TheirRun run_theirs(const PrivateRedis& redis, std::size_t pipeline, std::size_t count) {
  const double before = cpu_seconds(RUSAGE_CHILDREN);
  const std::string text = brokers_test::output_of(fmt::format(
      "redis-benchmark -h 127.0.0.1 -p {} -c 1 -P {} -n {} -d {} -t lpush --csv 2>/dev/null",
      redis.port(), pipeline, count, payload_bytes + header_bytes));
  const double used = cpu_seconds(RUSAGE_CHILDREN) - before;
  static_cast<void>(redis.cli("DEL mylist"));
  // "LPUSH","568181.81",…
  constexpr std::string_view mark = "\"LPUSH\",\"";
  const std::size_t at = text.find(mark);
  if (at == std::string::npos) {
    throw std::runtime_error{"redis-benchmark did not run; tools/setup --brokers installs it"};
  }
  return {std::strtod(text.c_str() + at + mark.size(), nullptr), used};
}

Round their_round(const PrivateRedis& redis, std::size_t pipeline, std::size_t count) {
  const TheirRun run = run_theirs(redis, pipeline, count);
  const TheirRun start = run_theirs(redis, pipeline, pipeline);  // what starting it costs
  const double used = run.cpu_seconds - start.cpu_seconds;
  return {run.per_second, used / static_cast<double>(count - pipeline) * 1e9};
}

void offer(const PrivateRedis& redis, std::size_t rounds) {
  fmt::print(
      "name,calls_per_s,their_calls_per_s,rate_ratio,cpu_ns_per_call,their_cpu_ns_per_call,"
      "cpu_ratio\n");
  for (std::size_t round = 0; round < rounds; ++round) {
    for (const std::size_t window : {1U, 16U, 64U}) {
      const std::size_t count = window == 1 ? 30'000 : 400'000;
      const Round our = our_round(redis, window, count);
      const Round their = their_round(redis, window, count);
      fmt::print("lpush/{},{:.0f},{:.0f},{:.4f},{:.1f},{:.1f},{:.4f}\n", window, our.per_second,
                 their.per_second, our.per_second / their.per_second, our.cpu_ns, their.cpu_ns,
                 our.cpu_ns / their.cpu_ns);
    }
  }
}

/// A scenario that fills the list and empties it as fast as it goes: one source, one consumer.
Scenario saturating(const PrivateRedis& redis, const std::string& mode) {
  constexpr std::size_t window = 64;
  Scenario scenario;
  scenario.run.warm_up = 500ms;
  scenario.run.measure = 2s;
  scenario.traffic.model = TrafficModel::saturate;
  scenario.traffic.payload = SizeDistribution::constant(payload_bytes);
  scenario.path.reply = ReplyKind::none;
  scenario.backend.kind = BackendSettings::Kind::none;
  scenario.workers.count = 1;
  scenario.queue.use = redis.url();
  scenario.queue.window = window;
  scenario.queue.batch = window;
  scenario.queue.prefetch = 2 * window;
  scenario.queue.options = {{"mode", mode}};
  return scenario;
}

void through(const PrivateRedis& redis, std::size_t rounds) {
  fmt::print("name,calls_per_s\n");
  for (std::size_t round = 0; round < rounds; ++round) {
    for (const char* const mode : {"pop", "move"}) {
      const std::string folder = fmt::format("{}/{}-{}", redis.folder(), mode, round);
      const RunDocument run = run_scenario(saturating(redis, mode), mode, folder,
                                           {.open_queue = queues::open_queue, .program = {}})
                                  .value();
      if (!run.balanced || run.ledger.drop_rate_max() > 0.0) {
        throw std::runtime_error{
            fmt::format("{}: {} calls, {} of them not completed", mode, run.ledger.planned,
                        run.ledger.planned - run.ledger.of(Outcome::completed))};
      }
      fmt::print("through_64/{},{:.0f}\n", mode, run.completed_per_s);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view part = argc > 1 ? argv[1] : "";
  if (part != "offer" && part != "through") {
    fmt::print(stderr, "usage: redis_benchmark offer|through [ROUNDS]\n");
    return 2;
  }
  if (!brokers_test::has_redis_server()) {
    fmt::print(stderr, "redis-server is not installed; tools/setup --brokers installs it\n");
    return 4;
  }
  const std::size_t rounds = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 7;
  try {
    const PrivateRedis redis;
    (part == "offer" ? offer : through)(redis, rounds);
  } catch (const std::exception& error) {
    fmt::print(stderr, "redis_benchmark: {}\n", error.what());
    return 3;
  }
  return 0;
}
