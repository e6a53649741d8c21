// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/without_passwords.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace queuemeter::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(WithoutPasswords, EveryUrlOfATextLosesItsPassword) {
  const std::string shown = without_passwords(
      "queue.use=redis://ann:hush@127.0.0.1:6379/0 and \"amqp://bob:quiet@[::1]/\": no answer");

  EXPECT_THAT(shown, Not(HasSubstr("hush")));
  EXPECT_THAT(shown, Not(HasSubstr("quiet")));
  EXPECT_THAT(shown, HasSubstr("queue.use=redis://"));
  EXPECT_THAT(shown, HasSubstr("127.0.0.1:6379/0 and \"amqp://"));
  EXPECT_THAT(shown, HasSubstr("\": no answer"));
}

TEST(WithoutPasswords, WhatIsNoUrlStaysAsItIs) {
  for (const char* text : {"", "://", "nothing here", "http://127.0.0.1:8080/slow\nsecond line"}) {
    EXPECT_EQ(without_passwords(text), text);
  }
}

}  // namespace
}  // namespace queuemeter::cli
