// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/http_backend.hpp"
#include "harness/backend/synthetic_backend.hpp"
#include "tests/backend/scripted_server.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <vector>

namespace {

thread_local std::uint64_t allocations = 0;

}  // namespace

// Every allocation of this program is counted on its thread.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* memory = std::malloc(bytes)) {
    return memory;
  }
  throw std::bad_alloc{};
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace queuemeter {
namespace {

/// Counts replies and begins the next call at once, without a container that could grow.
class ClosedLoop final : public ReplySink {
 public:
  void replied(CallHandle call, const Reply& reply) override {
    ++count;
    failures += reply.reason == Reason::none ? 0U : 1U;
    call.sequence += 1;
    call.record->call.sequence = call.sequence;
    call.record->call.draw_key = call.sequence;
    client->begin(call, clock->now());
  }
  BackendClient* client = nullptr;
  const Clock* clock = nullptr;
  std::uint64_t count = 0;
  std::uint64_t failures = 0;
};

TEST(HttpClient, ACallAllocatesNothingAfterWarmUp) {
  ScriptedServer server{[](ScriptedPeer& peer, std::size_t) {
    while (!peer.read_request().empty()) {
      peer.answer("a short answer");
    }
  }};
  HttpBackendSettings settings;
  settings.url = server.url();
  settings.client.connections = 8;  // fewer than callers: the line is used too
  settings.client.timeouts.whole = std::chrono::seconds{20};
  const auto backend = make_http_backend(settings).value();
  const MonotonicClock clock;
  ClosedLoop loop;
  boost::asio::io_context context{1};
  const auto client = backend->make_client(clock, loop, &context);
  loop.client = client.get();
  loop.clock = &clock;
  std::array<CallRecord, 16> records;
  for (CallRecord& record : records) {
    record.call.payload_bytes = 256;
    client->begin({&record, 0}, clock.now());
  }
  const auto run_until = [&](std::uint64_t count) {
    const Instant gives_up_at = clock.now() + std::chrono::seconds{20};
    while (loop.count < count && clock.now() < gives_up_at) {
      context.run_one_for(std::chrono::milliseconds{1});
      client->step(clock.now());
    }
  };
  run_until(200);

  const std::uint64_t before = allocations;
  run_until(2'000);

  EXPECT_GT(before, 0u) << "allocations are not counted";
  EXPECT_EQ(allocations - before, 0u);
  EXPECT_GE(loop.count, 2'000u);
  EXPECT_EQ(loop.failures, 0u);
  EXPECT_EQ(server.connections(), 8u);
}

TEST(SyntheticBackend, ACallAllocatesNothingAfterWarmUp) {
  const auto backend = make_synthetic_backend(
      {.model = {.service_time = Distribution::exponential(std::chrono::milliseconds{1}),
                 .concurrency = 4},
       .client_timeout = std::chrono::milliseconds{9}});
  VirtualClock clock;
  ClosedLoop loop;
  const auto client = backend->make_client(clock, loop, nullptr);
  loop.client = client.get();
  loop.clock = &clock;
  std::array<CallRecord, 30> records;
  for (CallRecord& record : records) {
    client->begin({&record, 0}, clock.now());
  }
  const auto run_until = [&](std::uint64_t count) {
    while (loop.count < count) {
      clock.advance_to(client->next_wake());
      client->step(clock.now());
    }
  };
  run_until(50'000);

  const std::uint64_t before = allocations;
  run_until(100'000);

  EXPECT_EQ(allocations - before, 0u);
  EXPECT_GT(loop.failures, 0u) << "timeouts are part of what is measured";
}

TEST(SyntheticBackend, ThousandsInFlightAllocateNothingAfterWarmUpEither) {
  const auto backend = make_synthetic_backend(
      {.model = {.service_time = Distribution::exponential(std::chrono::milliseconds{20}),
                 .concurrency = 3'000,
                 .rate_limit = RateLimit{1'000'000, std::chrono::seconds{1}}}});
  VirtualClock clock;
  ClosedLoop loop;
  const auto client = backend->make_client(clock, loop, nullptr);
  loop.client = client.get();
  loop.clock = &clock;
  std::vector<CallRecord> records(4'000);
  for (std::size_t number = 0; number < records.size(); ++number) {
    const std::uint64_t first_sequence = number * 1'000'000;
    records[number].call.draw_key = first_sequence;
    client->begin({&records[number], first_sequence}, clock.now());
  }
  const auto run_until = [&](std::uint64_t count) {
    while (loop.count < count) {
      clock.advance_to(client->next_wake());
      client->step(clock.now());
    }
  };
  run_until(200'000);

  const std::uint64_t before = allocations;
  run_until(400'000);

  EXPECT_EQ(allocations - before, 0u);
}

}  // namespace
}  // namespace queuemeter
