// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/brokers/redis_target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace queuemeter::queues {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(RedisTarget, ReadsAllPartsOfAUrl) {
  const RedisTarget target =
      parse_redis_url("rediss://meter:se%2Fcret%40@redis.example:6400/3").value();

  EXPECT_TRUE(target.tls);
  EXPECT_EQ(target.user, "meter");
  EXPECT_EQ(target.password, "se/cret@");
  EXPECT_EQ(target.host, "redis.example");
  EXPECT_EQ(target.port, 6400);
  EXPECT_EQ(target.database, 3U);
  EXPECT_EQ(target.shown(), "rediss://redis.example:6400/3");
}

TEST(RedisTarget, WhatIsLeftOutHasRedissOwnDefaults) {
  const RedisTarget target = parse_redis_url("redis://localhost").value();

  EXPECT_FALSE(target.tls);
  EXPECT_EQ(target.port, 6379);
  EXPECT_EQ(target.database, 0U);
  EXPECT_EQ(parse_redis_url("redis://[::1]:7000/").value().host, "::1");
  EXPECT_EQ(parse_redis_url("redis://[::1]:7000/").value().shown(), "redis://[::1]:7000/0");
  EXPECT_EQ(parse_redis_url("redis://:only@h").value().password, "only");
}

TEST(RedisTarget, RefusesWithoutRepeatingThePassword) {
  for (const std::string url :
       {"redis://:hunter2@", "redis://:hunter2@host:0/0", "redis://:hunter2@host:70000/0",
        "redis://:hunter2@host:1/x", "redis://:hunter2@ho st/0", "redis://:hun%2gter2@host/0",
        "redis://:hunter2@host/0?timeout=1", "redis://:hunter2@[::1/0", "http://:hunter2@host/0",
        "redis://:***@host/0"}) {
    const Result<RedisTarget> target = parse_redis_url(url);
    ASSERT_TRUE(target.has_error()) << url;
    EXPECT_EQ(target.error().kind, Error::Kind::usage);
    EXPECT_THAT(target.error().what, Not(HasSubstr("hunter2")));
    EXPECT_THAT(target.error().what, HasSubstr("redis://[user:password@]host:port/database"));
  }
}

TEST(RedisTarget, AHostThatIsNotFoundIsUnavailable) {
  RedisTarget target;
  target.host = "no-such-host.invalid";

  EXPECT_EQ(resolve(target).error().kind, Error::Kind::unavailable);
}

}  // namespace
}  // namespace queuemeter::queues
