// SPDX-License-Identifier: Apache-2.0
// What our Redis producer costs beside redis-benchmark, and how fast calls go through a list from
// end to end. Starts a private server; needs redis-server and redis-benchmark.
//
// Rounds are interleaved, ours and theirs by turns, and medians are printed: the machine's mood
// then falls on both.
#include "harness/call/clock.hpp"
#include "queue_impls/catalogue.hpp"
#include "tests/brokers/private_redis.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

namespace {

using namespace queuemeter;  // NOLINT: a program of one file

constexpr std::uint32_t payload_bytes = 256;
constexpr std::size_t slots = 4096;

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

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// Offers as fast as the window lets it, as an offerer's thread does: on an event loop.
class Flood final : public ConfirmationSink {
 public:
  Flood(brokers_test::TestRun& run, Queue& queue, std::size_t count)
      : producer_{queue.make_producer(clock_, this, &loop_)}, left_{count}, count_{count} {
    for (std::size_t slot = 0; slot < slots; ++slot) {
      calls_.push_back({&run.records.records()[slot], slot});
    }
  }

  /// Until the last call is confirmed.
  void offer_all() {
    for (;;) {
      step(clock_.now());
      if (accepted_ + refused_ == count_) {
        return;
      }
      loop_.run_one();
      loop_.poll();
    }
  }
  void confirmed(CallHandle /*call*/, QueueResult result, Instant /*at*/) noexcept override {
    (result == QueueResult::ok ? accepted_ : refused_) += 1;
  }
  [[nodiscard]] std::size_t refused() const noexcept { return refused_; }

 private:
  void step(Instant now) {
    producer_->step(now);
    std::size_t room = std::min(producer_->room(), left_);
    while (room > 0) {
      const std::size_t chunk = std::min(room, slots - next_);
      for (std::size_t slot = next_; slot < next_ + chunk; ++slot) {
        calls_[slot].record->at.offered_at = unobserved;
      }
      const std::size_t done =
          producer_->offer(std::span{calls_}.subspan(next_, chunk), accepted_at_).done;
      next_ = (next_ + done) % slots;
      left_ -= done;
      room = done == 0 ? 0 : room - done;
    }
  }

  MonotonicClock clock_;
  boost::asio::io_context loop_{1};
  // Without it a loop without work would stop, and spin from then on.
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{
      loop_.get_executor()};
  std::unique_ptr<QueueProducer> producer_;
  std::vector<CallHandle> calls_;
  std::array<Instant, slots> accepted_at_{};
  std::size_t next_ = 0;
  std::size_t left_;
  std::size_t count_;
  std::size_t accepted_ = 0;
  std::size_t refused_ = 0;
};

QueueSettings settings_for(std::size_t window) {
  QueueSettings settings;
  settings.window = window;
  return settings;
}

/// Path `offer`: LPUSH only.
Round our_round(const brokers_test::PrivateRedis& redis, std::size_t window, std::size_t count) {
  static std::uint64_t number = 0;
  brokers_test::TestRun run{slots, payload_bytes, ++number};
  static_cast<void>(run.calls(0, slots));
  const auto queue = brokers_test::open(redis.url(), run, settings_for(window));
  const MonotonicClock clock;
  Flood flood{run, *queue, count};
  const double cpu = cpu_seconds(RUSAGE_THREAD);
  const Instant began = clock.now();
  flood.offer_all();
  const double seconds = to_seconds(clock.now() - began);
  const double used = cpu_seconds(RUSAGE_THREAD) - cpu;
  if (flood.refused() > 0) {
    fmt::print(stderr, "{} calls were refused\n", flood.refused());
  }
  return {static_cast<double>(count) / seconds, used / static_cast<double>(count) * 1e9};
}

struct TheirRun {
  double per_second = 0.0;
  double cpu_seconds = 0.0;
};

/// redis-benchmark with one connection, the same pipeline, and values as long as our messages.
TheirRun run_theirs(const brokers_test::PrivateRedis& redis, std::size_t pipeline,
                    std::size_t count) {
  const double before = cpu_seconds(RUSAGE_CHILDREN);
  const std::string text = brokers_test::output_of(fmt::format(
      "redis-benchmark -h 127.0.0.1 -p {} -c 1 -P {} -n {} -d {} -t lpush --csv 2>/dev/null",
      redis.port(), pipeline, count, payload_bytes + 64));
  const double used = cpu_seconds(RUSAGE_CHILDREN) - before;
  static_cast<void>(redis.cli("DEL mylist"));
  // "LPUSH","568181.81",…
  const std::size_t at = text.find("\"LPUSH\",\"");
  const double rate = at == std::string::npos ? 0.0 : std::strtod(text.c_str() + at + 9, nullptr);
  return {rate, used};
}

Round their_round(const brokers_test::PrivateRedis& redis, std::size_t pipeline,
                  std::size_t count) {
  const TheirRun run = run_theirs(redis, pipeline, count);
  const TheirRun start = run_theirs(redis, pipeline, pipeline);  // what starting it costs
  const double used = run.cpu_seconds - start.cpu_seconds;
  return {run.per_second, used / static_cast<double>(count - pipeline) * 1e9};
}

/// Offer, take, and done: what goes through the list in all, with one producer and one consumer.
double through_round(const brokers_test::PrivateRedis& redis, const std::string& mode,
                     std::size_t window, std::size_t count) {
  static std::uint64_t number = 1'000'000;
  brokers_test::TestRun run{slots, payload_bytes, ++number};
  static_cast<void>(run.calls(0, slots));
  QueueSettings settings = settings_for(window);
  settings.batch = window;
  settings.prefetch = 2 * window;
  settings.options = {{"mode", mode}};
  const auto queue = brokers_test::open(redis.url(), run, settings);
  const MonotonicClock clock;
  std::atomic<std::size_t> taken{0};
  const Instant began = clock.now();
  std::jthread consuming{[&] {
    const MonotonicClock own;
    const auto consumer = queue->make_consumer(own);
    std::vector<CallHandle> calls(window);
    std::vector<Instant> at(window);
    while (taken.load() < count) {
      const std::size_t done = consumer->take(calls, at).done;
      consumer->acknowledge(std::span{calls}.first(done));
      taken.fetch_add(done);
      if (done == 0) {
        consumer->wait(own.now() + std::chrono::milliseconds{10});
      }
    }
  }};
  Flood flood{run, *queue, count};
  flood.offer_all();
  consuming.join();
  return static_cast<double>(count) / to_seconds(clock.now() - began);
}

}  // namespace

int main(int argc, char** argv) {
  if (!brokers_test::has_redis_server()) {
    fmt::print(stderr, "redis-server is not installed; tools/setup --brokers installs it\n");
    return 4;
  }
  const std::size_t rounds = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 7;
  const brokers_test::PrivateRedis redis;
  fmt::print("LPUSH of {} B, 1 connection, medians of {} interleaved rounds\n", payload_bytes + 64,
             rounds);
  fmt::print(
      "window   ours calls/s  theirs calls/s  ratio   ours ns/call  theirs ns/call  ratio\n");
  for (const std::size_t window : {1U, 16U, 64U}) {
    const std::size_t count = window == 1 ? 30'000 : 400'000;
    std::vector<double> ours;
    std::vector<double> theirs;
    std::vector<double> rate_ratios;
    std::vector<double> our_cpu;
    std::vector<double> their_cpu;
    std::vector<double> cpu_ratios;
    for (std::size_t round = 0; round < rounds; ++round) {
      const Round our = our_round(redis, window, count);
      const Round their = their_round(redis, window, count);
      ours.push_back(our.per_second);
      theirs.push_back(their.per_second);
      rate_ratios.push_back(our.per_second / their.per_second);
      our_cpu.push_back(our.cpu_ns);
      their_cpu.push_back(their.cpu_ns);
      cpu_ratios.push_back(our.cpu_ns / their.cpu_ns);
    }
    fmt::print("{:>6} {:>14.0f} {:>15.0f} {:>6.2f} {:>14.0f} {:>15.0f} {:>6.2f}\n", window,
               median(ours), median(theirs), median(rate_ratios), median(our_cpu),
               median(their_cpu), median(cpu_ratios));
  }
  fmt::print("through the list, window 64, 1 producer and 1 consumer:\n");
  for (const char* const mode : {"pop", "move"}) {
    std::vector<double> rates;
    for (std::size_t round = 0; round < rounds; ++round) {
      rates.push_back(through_round(redis, mode, 64, 300'000));
    }
    fmt::print("  {:<5} {:>10.0f} calls/s\n", mode, median(rates));
  }
  return 0;
}
