// SPDX-License-Identifier: Apache-2.0
#include "harness/run/site.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::Pair;

const SiteAddress of_ours{.url = "http://127.0.0.1:8000", .is_ours = true};
const SiteAddress of_somebody{.url = "http://shop:8080/orders"};

Scenario through_a_site(CompletedBy completed_by) {
  Scenario scenario;
  scenario.path.kind = PathKind::front;
  scenario.path.site.completion = completed_by;
  scenario.traffic.reply_timeout = 1500ms;
  return scenario;
}

TEST(SiteRequests, ToOurOwnFrontEndSpeakItsLanguage) {
  const HttpBackendSettings waiting =
      make_site_settings(through_a_site(CompletedBy::response), of_ours);
  EXPECT_EQ(waiting.target, "/calls?wait=1500ms");
  EXPECT_TRUE(waiting.client.expect.status.contains(200));
  EXPECT_FALSE(waiting.client.expect.status.contains(202)) << "202 is not the result";
  EXPECT_THAT(waiting.request.headers, ElementsAre(Pair("X-Queuemeter-Call", "{call.id}")));

  const HttpBackendSettings calling =
      make_site_settings(through_a_site(CompletedBy::callback), of_ours);
  EXPECT_EQ(calling.target, "/calls");
  EXPECT_THAT(calling.request.headers, Contains(Pair("X-Queuemeter-Callback", "{callback}")));
}

TEST(SiteRequests, ToSomebodyHoldWhatTrafficAndPathSay) {
  Scenario scenario = through_a_site(CompletedBy::poll);
  scenario.traffic.request.headers = {{"X-Of", "traffic"}};
  scenario.traffic.request.body = "of traffic";
  scenario.path.site.request.headers = {{"X-And-Of", "path"}};

  EXPECT_THAT(make_site_settings(scenario, of_somebody).request.headers,
              ElementsAre(Pair("X-Of", "traffic"), Pair("X-And-Of", "path")));
  EXPECT_EQ(make_site_settings(scenario, of_somebody).request.body, "of traffic");
  scenario.path.site.request.body = "of path";
  EXPECT_EQ(make_site_settings(scenario, of_somebody).request.body, "of path");
  EXPECT_FALSE(make_site_settings(scenario, of_somebody).target.has_value());
}

TEST(SiteRequests, ExpectAResultOnlyWhereTheResponseBringsIt) {
  for (const auto& [completed_by, looks] :
       {std::pair{CompletedBy::response, true}, std::pair{CompletedBy::backend, true},
        std::pair{CompletedBy::callback, false}, std::pair{CompletedBy::poll, false}}) {
    Scenario scenario = through_a_site(completed_by);
    scenario.path.site.client.expect.body = "paid";
    EXPECT_EQ(make_site_settings(scenario, of_somebody).client.expect.looks_at_body(), looks);
  }
}

TEST(SiteResults, AreAskedForWhereTheScenarioOrTheSiteSays) {
  Scenario scenario = through_a_site(CompletedBy::poll);
  scenario.path.site.client.expect.body = "paid";
  const auto results = [&scenario](const SiteAddress& address) {
    return make_result_settings(scenario, address).value();
  };

  EXPECT_EQ(results(of_ours).target, "/calls/{call.id}");
  EXPECT_EQ(results(of_somebody).target, "{result}");
  EXPECT_TRUE(make_site_settings(scenario, of_somebody).kept.location);
  EXPECT_EQ(results(of_somebody).client.method, "GET");
  EXPECT_EQ(results(of_somebody).client.expect.body, "paid");
  EXPECT_EQ(results(of_somebody).client.timeouts.whole, 1500ms) << "no question waits for ever";
  scenario.path.site.result_url = "/state/{call.id}";
  EXPECT_EQ(results(of_somebody).target, "/state/{call.id}");
  EXPECT_EQ(results(of_somebody).url, of_somebody.url);
  EXPECT_FALSE(make_site_settings(scenario, of_somebody).kept.location);
  scenario.path.site.result_url = "http://elsewhere/state/{call.id}";
  EXPECT_EQ(results(of_somebody).url, "http://elsewhere/state/{call.id}");
}

TEST(SiteResults, OfResponsesNeedNoQuestion) {
  EXPECT_FALSE(make_result_settings(through_a_site(CompletedBy::response), of_ours).has_value());
}

TEST(Site, GivesEachCallACallbackOfItsOwnAtItsOfferersPort) {
  Scenario scenario = through_a_site(CompletedBy::callback);
  scenario.traffic.offerers = 2;
  const MonotonicClock clock;
  const auto site = Site::make(scenario, 7, clock, of_ours, nullptr).value();
  boost::asio::io_context loops[2];
  for (std::size_t offerer = 0; offerer < 2; ++offerer) {
    ASSERT_TRUE(site->listen(offerer, loops[offerer]).has_value());
  }
  const auto url_of = [&site](std::uint64_t sequence, std::uint16_t offerer) {
    Call call;
    call.sequence = sequence;
    call.offerer = offerer;
    std::string text;
    site->append_callback(call, text);
    return text;
  };

  EXPECT_TRUE(url_of(1, 0).starts_with("http://127.0.0.1:"));
  EXPECT_NE(url_of(1, 0), url_of(2, 0));
  EXPECT_NE(url_of(1, 0), url_of(1, 1));
  site->close();
}

}  // namespace
}  // namespace queuemeter
