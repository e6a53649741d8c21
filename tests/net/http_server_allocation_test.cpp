// SPDX-License-Identifier: Apache-2.0
#include "tests/net/running_server.hpp"
#include "tests/net/served_client.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>

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

TEST(HttpServer, AfterWarmUpARequestInOnePieceAllocatesNothing) {
  std::uint64_t seen = 0;
  std::uint64_t grown = 0;
  HttpReply held;
  RunningServer server{[&](const HttpRequest& request, HttpReply reply) {
    // Of what happened since the request before, all of it on this thread.
    grown += seen >= 100 && request.method == "GET" ? allocations : 0;
    allocations = 0;
    ++seen;
    if (held) {
      held.answer(200, "X-Late: yes\r\n", "later");
    }
    if (seen % 3 == 0) {
      held = std::move(reply);
    } else {
      reply.answer(200, "X-Now: yes\r\n", "now");
    }
  }};
  ServedClient client{server.port()};
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  for (int round = 0; round < 400; ++round) {
    client.send(get + get);
    if (round > 0) {
      ASSERT_NE(client.receive(), "");
    }
    ASSERT_NE(client.receive(), "");
  }

  EXPECT_GE(seen, 700u);
  EXPECT_EQ(grown, 0u);
  server.on_loop([&] { held = HttpReply{}; });
}

}  // namespace
}  // namespace queuemeter
