// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/backend_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace queuemeter::cli {
namespace {

using testing::HasSubstr;

Result<BackendServerSettings> settings(const std::vector<std::string>& arguments) {
  std::vector<std::string> all{"backend"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return backend_settings(parse_command_line(all).value());
}

TEST(BackendSettings, WithoutOptionsAreTheDefaultsOfTheHelp) {
  const BackendServerSettings plain = settings({}).value();

  EXPECT_EQ(plain.model.concurrency, 8u);
  EXPECT_EQ(plain.model.service_time.to_text(), Distribution::parse("20ms").value().to_text());
  EXPECT_EQ(plain.model.queue, 1024u);
  EXPECT_EQ(plain.connections, 0u);  // as many as the model is made for
  EXPECT_EQ(plain.serves, BackendModel::pool);
  EXPECT_EQ(plain.answer_bytes, 3u);
  EXPECT_EQ(plain.bandwidth, std::nullopt);
  EXPECT_EQ(plain.host, "127.0.0.1");
  EXPECT_EQ(plain.port, 0u);
  EXPECT_EQ(plain.model.seed, 7u);
}

TEST(BackendSettings, EveryOptionReachesItsSetting) {
  const BackendServerSettings given =
      settings({"--pool",       "3",     "--service-time", "exponential(5ms)",
                "--error-rate", "10%",   "--hang-rate",    "0.05",
                "--queue",      "0",     "--connections",  "90",
                "--host",       "::1",   "--port",         "8080",
                "--seed",       "11",    "--work",         "burn",
                "--rate-limit", "30/60s"})
          .value();

  EXPECT_EQ(given.model.concurrency, 3u);
  EXPECT_EQ(given.model.service_time.to_text(), "exponential(5ms)");
  EXPECT_DOUBLE_EQ(given.model.error_rate, 0.1);
  EXPECT_DOUBLE_EQ(given.model.hang_rate, 0.05);
  EXPECT_EQ(given.model.queue, 0u);
  EXPECT_EQ(given.connections, 90u);
  EXPECT_EQ(given.host, "::1");
  EXPECT_EQ(given.port, 8080u);
  EXPECT_EQ(given.model.seed, 11u);
  EXPECT_EQ(given.model.work, ServiceModel::Work::burn);
  ASSERT_TRUE(given.model.rate_limit);
  EXPECT_EQ(given.model.rate_limit->calls, 30u);
  EXPECT_EQ(given.model.rate_limit->per, std::chrono::seconds{60});
}

TEST(BackendSettings, TheModelEventHasAnAnswerAndABandwidth) {
  const BackendServerSettings given =
      settings({"--model", "event", "--answer", "1KiB", "--bandwidth", "1MiB/s"}).value();

  EXPECT_EQ(given.serves, BackendModel::event);
  EXPECT_EQ(given.answer_bytes, 1024u);
  EXPECT_EQ(given.bandwidth, 1024u * 1024u);
}

TEST(BackendSettings, WhatAModelCannotDoIsSaid) {
  EXPECT_THAT(settings({"--bandwidth", "1MiB/s"}).error().what, HasSubstr("--model event"));
  EXPECT_THAT(settings({"--model", "event", "--work", "burn"}).error().what, HasSubstr("--work"));
  EXPECT_THAT(settings({"--model", "evnt"}).error().what, HasSubstr("evnt is none of pool, event"));
  EXPECT_THAT(settings({"--answer", "1GiB"}).error().what, HasSubstr("64MiB"));
  EXPECT_THAT(settings({"--model", "event", "--bandwidth", "1MiB"}).error().what,
              HasSubstr("bandwidth"));
}

TEST(BackendSettings, AnAddressInBracketsIsTheAddress) {
  EXPECT_EQ(settings({"--host", "[::1]"}).value().host, "::1");
  EXPECT_EQ(settings({"--rate-limit", "none"}).value().model.rate_limit, std::nullopt);
}

TEST(BackendSettings, EveryWrongValueIsListedWithItsOption) {
  const auto wrong = settings({"--pool", "0", "--service-time", "20", "--error-rate", "2", "--port",
                               "70000", "--queue", "-1", "--work", "hard", "--rate-limit", "30"});

  ASSERT_TRUE(wrong.has_error());
  EXPECT_EQ(wrong.error().kind, Error::Kind::usage);
  for (const char* option : {"--pool", "--service-time", "--error-rate", "--port", "--queue",
                             "--work", "--rate-limit"}) {
    EXPECT_THAT(wrong.error().what, HasSubstr(option));
  }
}

TEST(BackendSettings, ErrorsAndHangsTogetherAreAtMostEverything) {
  EXPECT_TRUE(settings({"--error-rate", "60%", "--hang-rate", "60%"}).has_error());
  EXPECT_TRUE(settings({"--error-rate", "60%", "--hang-rate", "40%"}).has_value());
}

}  // namespace
}  // namespace queuemeter::cli
