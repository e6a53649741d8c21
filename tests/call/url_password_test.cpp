// SPDX-License-Identifier: Apache-2.0
#include "harness/call/url_password.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace queuemeter {
namespace {

struct Url {
  std::string written;
  std::string shown;
};
void PrintTo(const Url& url, std::ostream* out) { *out << url.shown; }

class UrlWithPassword : public testing::TestWithParam<Url> {};

TEST_P(UrlWithPassword, IsShownWithoutIt) {
  EXPECT_EQ(without_password(GetParam().written), GetParam().shown);
  EXPECT_TRUE(has_masked_password(GetParam().shown));
  EXPECT_FALSE(has_masked_password(GetParam().written));
}

TEST_P(UrlWithPassword, IsMaskedOnceForAll) {
  EXPECT_EQ(without_password(GetParam().shown), GetParam().shown);
}

TEST_P(UrlWithPassword, ShowsNoPieceOfIt) {
  EXPECT_THAT(without_password(GetParam().written), testing::Not(testing::HasSubstr("secret")));
}

INSTANTIATE_TEST_SUITE_P(
    Urls, UrlWithPassword,
    testing::Values(
        Url{"redis://user:secret@host:6379/0", "redis://user:***@host:6379/0"},
        Url{"redis://:secret@127.0.0.1", "redis://:***@127.0.0.1"},
        // A token of NATS, and what redis-cli takes for the password.
        Url{"nats://secret@host", "nats://***@host"},
        Url{"redis://user:sec@ret/secret?secret#@host/1", "redis://user:***@host/1"},
        Url{"redis://user:secret:secret@[::1]:6379", "redis://user:***@[::1]:6379"},
        Url{"user:secret@host", "user:***@host"}, Url{"secret@host", "***@host"},
        Url{"redis://host/0?db=1&Password=secret&a=b", "redis://host/0?db=1&Password=***&a=b"},
        Url{"amqp://host?auth_token=secret;x=1", "amqp://host?auth_token=***;x=1"},
        Url{"redis://user:secret@host?password=secret", "redis://user:***@host?password=***"}));

TEST(UrlPassword, LeavesWhatHasNoneAsItIs) {
  for (const std::string text :
       {"", "mutex_deque", "redis://127.0.0.1:6379/0", "redis://host?db=1&name=x", "a:b", "://",
        "direct", "5", "redis://host?", "redis://host?password"}) {
    EXPECT_EQ(without_password(text), text);
    EXPECT_FALSE(has_masked_password(text)) << text;
  }
}

TEST(SecretName, IsWhatOptionsCallTheirPasswords) {
  for (const std::string name :
       {"password", "PASSWORD", "sasl_password", "requirepass", "token", "auth", "client.secret"}) {
    EXPECT_TRUE(is_secret_name(name)) << name;
  }
  for (const std::string name : {"", "mode", "passive", "author", "tokens_per_second", "key"}) {
    EXPECT_FALSE(is_secret_name(name)) << name;
  }
}

}  // namespace
}  // namespace queuemeter
