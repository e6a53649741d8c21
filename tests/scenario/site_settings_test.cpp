// SPDX-License-Identifier: Apache-2.0
// What [path] says of a front end, and what contradicts itself.
#include "tests/scenario/reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace queuemeter {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string site = "[path]\nkind = \"front\"\nurl = \"http://127.0.0.1:8080/orders\"\n";
const std::string managed = "[backend]\nkind = \"managed\"\n";
const std::string event = managed + "model = \"event\"\n";
const std::string own = event + "[path]\nkind = \"front\"\n";

TEST(SiteSettings, AreReadWithTheirDefaults) {
  const Scenario scenario = read_one(own);

  EXPECT_EQ(scenario.path.kind, PathKind::front);
  EXPECT_EQ(scenario.path.site.completion, CompletedBy::response);
  EXPECT_EQ(scenario.path.site.poll_interval, std::chrono::milliseconds{100});
  EXPECT_EQ(scenario.path.site.client.method, "POST");
}

TEST(SiteSettings, ASiteMustBeToldWhereToCallBack) {
  EXPECT_THAT(sentences(site + "completion = \"callback\"\n"),
              ElementsAre(HasSubstr("put {callback} into url, headers or body")));
  EXPECT_THAT(sentences(site + "completion = \"callback\"\nheaders = { X = \"{callback}\" }\n"),
              IsEmpty());
  EXPECT_THAT(sentences(site + "completion = \"callback\"\nbody = '{\"to\": \"{callback}\"}'\n"),
              IsEmpty());
  EXPECT_THAT(sentences(own + "completion = \"callback\"\n"), IsEmpty());
}

TEST(SiteSettings, ASiteMustBeGivenAnIdToHandOn) {
  const std::string watched = site + "completion = \"backend\"\n";

  EXPECT_THAT(sentences(watched + event),
              ElementsAre(HasSubstr("put {call.id} into url, headers or body")));
  EXPECT_THAT(sentences(watched + "headers = { X = \"{call.id}\" }\n" + event), IsEmpty());
  EXPECT_THAT(sentences(own + "completion = \"backend\"\n"), IsEmpty());
}

TEST(SiteSettings, OnlyABackendOfTheRunIsWatchedAndByTheEventModel) {
  const std::string watched = site + "completion = \"backend\"\nheaders = { X = \"{call.id}\" }\n";

  EXPECT_THAT(sentences(watched), ElementsAre(HasSubstr("use backend.kind = \"managed\"")));
  EXPECT_THAT(sentences(watched + managed),
              ElementsAre(HasSubstr("use backend.model = \"event\"")));
  EXPECT_THAT(sentences(watched + event + "[traffic]\nofferers = 2\n"),
              ElementsAre(HasSubstr("use traffic.offerers = 1")));
}

TEST(SiteSettings, OurOwnFrontEndKnowsHowItIsCalled) {
  EXPECT_THAT(sentences(own + "method = \"PUT\"\n"),
              ElementsAre(HasSubstr("knows its method; remove it")));
  EXPECT_THAT(sentences(own + "result_url = \"/x\"\ncompletion = \"poll\"\n"),
              ElementsAre(HasSubstr("knows its result_url; remove it")));
}

TEST(SiteSettings, ThatNobodyUsesAreErrors) {
  EXPECT_THAT(sentences(site + "result_url = \"/x\"\n"),
              ElementsAre(HasSubstr("nobody asks for a result; remove it")));
  EXPECT_THAT(sentences(site + "poll_interval = \"5ms\"\n"),
              ElementsAre(HasSubstr("set path.completion = \"poll\"")));
  EXPECT_THAT(sentences(site + "call_id = \"header:X\"\n"),
              ElementsAre(HasSubstr("set path.completion = \"backend\"")));
  EXPECT_THAT(sentences("[path]\nurl = \"http://127.0.0.1:8080/\"\n"),
              ElementsAre(HasSubstr("set path.kind = \"front\"")));
  EXPECT_THAT(sentences(site + "[backend]\nkind = \"http\"\nurl = \"http://127.0.0.1:81/\"\n"),
              ElementsAre(HasSubstr("a site of your own calls its backend itself")));
}

TEST(SiteSettings, OurOwnFrontEndCallsOverHttp) {
  EXPECT_THAT(sentences("path.kind = \"front\"\n"),
              ElementsAre(HasSubstr("use backend.kind = \"managed\"")));
}

TEST(ListenAddress, IsAHostAndAPort) {
  EXPECT_EQ(read_one(managed + "listen = \"127.0.0.1:9000\"\n").backend.listen.port, 9000);
  EXPECT_EQ(read_one(managed + "listen = \"[::1]:9000\"\n").backend.listen.host, "::1");
  for (const std::string wrong : {"9000", "::1:9000", "127.0.0.1:", "127.0.0.1:70000", ":80"}) {
    EXPECT_THAT(sentences(managed + "listen = \"" + wrong + "\"\n"),
                ElementsAre(HasSubstr("write it like 127.0.0.1:9000")))
        << wrong;
  }
}

}  // namespace
}  // namespace queuemeter
