// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/backend_account.hpp"

#include <gtest/gtest.h>

#include <string>

namespace queuemeter {
namespace {

TEST(BackendStats, SurviveTheWayThroughJson) {
  BackendStats stats;
  stats.account = {.served = 18'446'744'073'709'551'615U,
                   .wasted = 2,
                   .refused = 3,
                   .errors = 4,
                   .hung = 5,
                   .slots = 8,
                   .busy_seconds = 0.1234567890123,
                   .service_seconds = 1e6 + 1e-6,
                   .service_seconds_squared = 1e-9};
  stats.connections = 100;
  stats.connections_refused = 1;
  stats.gate_waiting = 92;
  stats.gate_peak = 93;
  stats.uptime_seconds = 4.5;

  const auto back = parse_backend_stats(to_json(stats));

  ASSERT_TRUE(back);
  EXPECT_EQ(back->account.served, stats.account.served);
  EXPECT_EQ(back->account.wasted, 2u);
  EXPECT_EQ(back->account.refused, 3u);
  EXPECT_EQ(back->account.errors, 4u);
  EXPECT_EQ(back->account.hung, 5u);
  EXPECT_EQ(back->account.slots, 8u);
  EXPECT_EQ(back->account.busy_seconds, stats.account.busy_seconds);
  EXPECT_EQ(back->account.service_seconds, stats.account.service_seconds);
  EXPECT_EQ(back->account.service_seconds_squared, stats.account.service_seconds_squared);
  EXPECT_FALSE(is_observed(back->account.read_at));
  EXPECT_EQ(back->connections, 100u);
  EXPECT_EQ(back->connections_refused, 1u);
  EXPECT_EQ(back->gate_waiting, 92u);
  EXPECT_EQ(back->gate_peak, 93u);
  EXPECT_EQ(back->uptime_seconds, 4.5);
}

TEST(BackendStats, AnotherDocumentIsNone) {
  const std::string good = to_json(BackendStats{});
  std::string other_schema = good;
  other_schema.replace(other_schema.find("backend/1"), 9, "backend/9");
  std::string wrong_type = good;
  wrong_type.replace(wrong_type.find("\"served\": 0"), 11, "\"served\":[]");

  EXPECT_FALSE(parse_backend_stats(""));
  EXPECT_FALSE(parse_backend_stats("<html>"));
  EXPECT_FALSE(parse_backend_stats("[1, 2]"));
  EXPECT_FALSE(parse_backend_stats("{}"));
  EXPECT_FALSE(parse_backend_stats(good.substr(0, good.size() / 2)));
  EXPECT_FALSE(parse_backend_stats(other_schema));
  EXPECT_FALSE(parse_backend_stats(wrong_type));
}

}  // namespace
}  // namespace queuemeter
