// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/known_keys.hpp"
#include "harness/scenario/objective.hpp"
#include "harness/scenario/scenario.hpp"
#include "tests/scenario/reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

/// Nothing as by default, and everything that a text could spoil. No scenario has all keys, because
/// some exclude each other; these three have every key once at least.
Scenario open_scenario() {
  Scenario scenario;
  scenario.run.pacing = {Pacing::Kind::spin, 50us};
  scenario.run.calls = 1'000'000;
  scenario.run.repeat = 3;
  scenario.run.warm_up = 500ms;
  scenario.run.measure = 10s;
  scenario.run.drain = 3s;
  scenario.run.seed = 9'223'372'036'854'775'807U;
  scenario.run.tick = 50ms;
  TrafficSettings& traffic = scenario.traffic;
  traffic.arrivals = Arrivals::constant;
  traffic.rate = Rate::per_second(0.1);
  traffic.stages = {{Stage::Kind::hold, Rate::per_second(0.1), 5s},
                    {Stage::Kind::ramp, Rate::per_second(4'000), 10s},
                    {Stage::Kind::step, Rate::per_second(1.0 / 3.0), 1500ms}};
  Stage burst;
  burst.kind = Stage::Kind::burst;
  burst.calls = 500;
  traffic.stages.push_back(burst);
  traffic.stages.push_back(
      {Stage::Kind::sine, Rate::per_second(0.5), 5min, 0, Rate::per_second(3'000), 60s});
  traffic.reply_timeout = 2s;
  traffic.caller_limit = 77;
  traffic.payload = SizeDistribution::lognormal(65'536, 0.1);
  traffic.deadline = Distribution::constant(250ms);
  traffic.offerers = 2;
  TrafficClass page;
  page.name = "page";
  page.weight = 9.5;
  page.payload = SizeDistribution::uniform(100, 2'048);
  page.deadline = Distribution::exponential(100ms);
  page.priority = 255;
  page.objectives = {parse_objective("drop_rate", "< 1%").value(),
                     parse_objective("answer_p999", ">= 1us").value()};
  TrafficClass report;
  report.name = "report";
  traffic.classes = {page, report};
  scenario.queue.use = "redis://queue:s3cret@127.0.0.1:6379/0";
  scenario.queue.bound = 600;
  scenario.queue.when_full = WhenFull::block;
  scenario.queue.wait = WaitPolicyKind::spin_yield;
  scenario.queue.batch = 8;
  scenario.queue.window = 64;
  scenario.queue.prefetch = 16;
  scenario.queue.options = {
      {"with space", "a \"quoted\" \\ text\n\u00b5"}, {"a.b", "5"}, {"password", "s3cret"}};
  WorkerSettings& workers = scenario.workers;
  workers.kind = WorkerSettings::Kind::process;
  workers.count = 3;
  workers.poll = 3s;
  workers.boot = 50ms;
  workers.recycle = {500, 0.2};
  workers.crash_rate = 0.002;
  workers.ack_timeout = 30s;
  workers.retry = {RetrySettings::Kind::exponential, 5, 50ms, 0.25, 0.1};
  BackendSettings& backend = scenario.backend;
  backend.kind = BackendSettings::Kind::managed;
  backend.service_time = Distribution::lognormal(20ms, 0.5);
  backend.error_rate = 0.00001;
  backend.hang_rate = 0.125;
  backend.concurrency = 8;
  backend.queue = 0;
  backend.work = BackendSettings::Work::burn;
  backend.rate_limit = RateLimit{30, 60s};
  backend.client.connections = 100;
  backend.client.timeouts.connect = 1s;
  backend.client.timeouts.first_byte = 3s;
  backend.client.timeouts.whole = 4s;
  scenario.objectives = {parse_objective("drop_rate", "<= 0.1%").value(),
                         parse_objective("completion_p99", "<50ms").value(),
                         parse_objective("goodput", "> 5k/s").value()};
  scenario.faults = {{2s, 1s}, {5s, 500ms}};
  return scenario;
}

Scenario closed_scenario() {
  Scenario scenario;
  scenario.run.pacing = {Pacing::Kind::coalesce, 1ms};
  scenario.traffic.model = TrafficModel::closed;
  scenario.traffic.callers = 200'000;
  scenario.traffic.think = Distribution::exponential(100ms);
  scenario.traffic.ramp = 5s;
  scenario.path.reply = ReplyKind::queue;
  scenario.workers.kind = WorkerSettings::Kind::async;
  scenario.workers.count = 10'000;
  scenario.workers.threads = 2;
  scenario.workers.retry.kind = RetrySettings::Kind::fixed;
  scenario.backend.kind = BackendSettings::Kind::http;
  scenario.backend.url = "http://127.0.0.1:8080/slow";
  return scenario;
}

Scenario half_open_scenario() {
  Scenario scenario;
  scenario.traffic.model = TrafficModel::half_open;
  scenario.traffic.arrivals = Arrivals::replay;
  scenario.traffic.replay_file = "/logs/a \"day\".log";
  scenario.traffic.session = 12;
  scenario.traffic.think = Distribution::uniform(1s, 2s);
  scenario.path.kind = PathKind::direct;
  return scenario;
}

Scenario saturating_scenario() {
  Scenario scenario;
  scenario.traffic.model = TrafficModel::saturate;
  scenario.path.kind = PathKind::queued;
  scenario.path.reply = ReplyKind::none;
  scenario.queue.stamps = Stamps::shared;
  scenario.backend.kind = BackendSettings::Kind::none;
  return scenario;
}

/// What calls a URL, with every transport key once.
Scenario http_scenario() {
  Scenario scenario;
  scenario.path.kind = PathKind::direct;
  TrafficSettings& traffic = scenario.traffic;
  traffic.request.headers = {{"X-User", "{csv.user}"}, {"Accept", R"(text/*;q=0.3, "x")"}};
  traffic.request.body = R"({"id": "{call.id}"})";
  traffic.request.data = "/data/users.csv";
  BackendSettings& backend = scenario.backend;
  backend.kind = BackendSettings::Kind::http;
  backend.url = "http://[::1]:8443/orders/{call.sequence}";
  HttpClientSettings& client = backend.client;
  client.method = "PUT";
  client.protocol = HttpClientSettings::Protocol::http_2;
  client.connections = 200;
  client.open = 150;
  client.open_rate = Rate::per_second(500);
  client.pipelining = 8;
  client.tls = {.verify = false, .ca = "/etc/ca.pem", .name = "api.example.org"};
  client.lookup = HttpClientSettings::Lookup::connection;
  client.source_addresses = SourceAddresses::parse("127.0.0.2..127.0.0.9").value();
  client.timeouts = {.connect = 1s, .tls = 2s, .first_byte = 3s, .whole = 4s};
  client.cancel_at_deadline = true;
  client.cookies = HttpClientSettings::Cookies::caller;
  client.expect = {.status = StatusSet::parse("200,404").value(),
                   .body = "ok \"so\"",
                   .json = {{"/state", "done"}, {"/items/0", "7"}}};
  return scenario;
}

/// A site of somebody else's whose results are asked for.
Scenario polling_scenario() {
  Scenario scenario;
  scenario.path.kind = PathKind::front;
  SiteSettings& front = scenario.path.site;
  front.url = "http://shop.example.org/orders";
  front.completion = CompletedBy::poll;
  front.result_url = "/orders/{call.id}/state";
  front.poll_interval = 250ms;
  front.client.expect.json = {{"/state", "paid"}};
  front.request.headers = {{"Idempotency-Key", "{call.id}"}};
  front.request.body = "@order.json";
  front.request.data = "/data/users.csv";
  return scenario;
}

/// One whose backend is watched.
Scenario watching_scenario() {
  Scenario scenario;
  scenario.path.kind = PathKind::front;
  SiteSettings& front = scenario.path.site;
  front.url = "http://127.0.0.1:8080/orders/{call.id}";
  front.completion = CompletedBy::backend;
  front.call_id = CallIdRule::parse("json:/order/id").value();
  scenario.backend.kind = BackendSettings::Kind::managed;
  scenario.backend.model = BackendSettings::Model::event;
  scenario.backend.listen = {"::1", 9000};
  scenario.backend.answer = 1024;
  scenario.backend.bandwidth = 1'000'000;
  return scenario;
}

struct Golden {
  std::string name;
  Scenario scenario;
};

std::vector<Golden> goldens() {
  return {{"scenario-3-open.toml", open_scenario()},
          {"scenario-3-closed.toml", closed_scenario()},
          {"scenario-3-half-open.toml", half_open_scenario()},
          {"scenario-3-saturate.toml", saturating_scenario()},
          {"scenario-3-http.toml", http_scenario()},
          {"scenario-3-poll.toml", polling_scenario()},
          {"scenario-3-watch.toml", watching_scenario()}};
}

std::string golden_text(const std::string& name) {
  return read_text_file(std::string{QUEUEMETER_SOURCE_DIR} + "/tests/scenario/golden/" + name);
}

TEST(ScenarioText, IsTheGoldenFiles) {
  for (const auto& [name, scenario] : goldens()) {
    EXPECT_EQ(to_toml(scenario), golden_text(name)) << name;
    EXPECT_EQ(to_toml(read_one(golden_text(name))), golden_text(name)) << name;
  }
}

TEST(ScenarioText, HoldsEveryKeyInTheGoldenFiles) {
  std::string all;
  for (const Golden& golden : goldens()) {
    all += golden_text(golden.name);
  }
  for (const KnownKey& row : known_keys()) {
    if (!row.instead.empty() || row.key == "matrix" || row.key == "objectives" ||
        row.key.starts_with("traffic.stages.") || row.key.starts_with("fault.") ||
        row.key.starts_with("traffic.class")) {
      continue;
    }
    const std::string name{row.key.substr(row.key.find('.') + 1)};
    EXPECT_THAT(all, testing::HasSubstr("\n" + name + " = ")) << row.key;
  }
}

TEST(ScenarioText, OfVersion2IsStillRead) {
  for (const std::string name : {"open", "closed", "half-open", "saturate"}) {
    EXPECT_EQ(to_toml(read_one(golden_text("scenario-2-" + name + ".toml"))),
              golden_text("scenario-3-" + name + ".toml"));
  }
}

TEST(ScenarioText, HoldsNoCredentialsOfHeaders) {
  Scenario scenario = http_scenario();
  scenario.traffic.request.headers = {{"Authorization", "Bearer s3cret"},
                                      {"cookie", "session=s3cret"},
                                      {"X-Api-Key", "s3cret"},
                                      {"X-Auth-Token", "s3cret"},
                                      {"Accept", "*/*"}};
  const std::string text = to_toml(scenario);
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("s3cret")));
  EXPECT_THAT(text, testing::HasSubstr(R"("Authorization" = "***")"));
  EXPECT_THAT(text, testing::HasSubstr(R"("Accept" = "*/*")"));
  EXPECT_THAT(sentences(text), testing::Contains(testing::HasSubstr("give it anew")))
      << "a mask is no credential";
}

TEST(ScenarioText, OfVersion1IsStillRead) {
  const Scenario scenario = read_one(golden_text("scenario-1.toml"));
  EXPECT_EQ(scenario.run.warm_up, 500ms);
  EXPECT_EQ(scenario.run.seed, 9'223'372'036'854'775'807U);
  EXPECT_EQ(scenario.run.pacing, Pacing{});
  EXPECT_EQ(scenario.traffic.model, TrafficModel::open);
  EXPECT_EQ(scenario.traffic.arrivals, Arrivals::constant);
  EXPECT_EQ(scenario.traffic.stages.size(), 3U);
  EXPECT_EQ(scenario.traffic.payload, SizeDistribution::constant(65'536));
  EXPECT_EQ(scenario.traffic.deadline.value().mean(), 250ms);
  EXPECT_EQ(scenario.path.reply, ReplyKind::none);
  EXPECT_EQ(scenario.queue.use, "null");
  EXPECT_EQ(scenario.queue.when_full, WhenFull::reject);
  EXPECT_EQ(scenario.queue.window, 32U);
  EXPECT_EQ(scenario.workers.kind, WorkerSettings::Kind::thread);
  EXPECT_EQ(scenario.backend.work, BackendSettings::Work::sleep);
  EXPECT_EQ(scenario.backend.rate_limit, std::nullopt);
  EXPECT_EQ(scenario.objectives.size(), 3U);
  EXPECT_EQ(scenario.faults.size(), 2U);
}

TEST(ScenarioText, IsReadBackToTheSameValues) {
  const Scenario wrote = open_scenario();
  const Scenario read = read_one(to_toml(wrote));
  EXPECT_EQ(read.run.seed, wrote.run.seed);
  EXPECT_EQ(read.run.pacing, wrote.run.pacing);
  EXPECT_EQ(read.run.calls, wrote.run.calls);
  EXPECT_EQ(read.traffic.rate, wrote.traffic.rate);
  ASSERT_EQ(read.traffic.stages.size(), 5U);
  EXPECT_EQ(read.traffic.stages[2].rate, wrote.traffic.stages[2].rate);
  EXPECT_EQ(read.traffic.stages[3].calls, 500U);
  EXPECT_EQ(read.traffic.stages[4].peak, wrote.traffic.stages[4].peak);
  ASSERT_EQ(read.traffic.classes.size(), 2U);
  EXPECT_EQ(read.traffic.classes[0].weight, 9.5);
  EXPECT_EQ(read.traffic.classes[0].objectives.size(), 2U);
  EXPECT_EQ(read.traffic.classes[1].payload, SizeDistribution::constant(256));
  EXPECT_EQ(read.backend.error_rate, wrote.backend.error_rate);
  EXPECT_EQ(read.backend.rate_limit, wrote.backend.rate_limit);
  EXPECT_EQ(read.workers.retry.budget, wrote.workers.retry.budget);
  EXPECT_EQ(read.queue.options.back(), wrote.queue.options.front());
  EXPECT_EQ(read.objectives.size(), 3U);
  EXPECT_EQ(read.faults.size(), 2U);
  EXPECT_EQ(read.faults[1].length, 500ms);
}

TEST(ScenarioText, NeverHoldsAPassword) {
  Scenario scenario = open_scenario();
  EXPECT_THAT(to_toml(scenario), testing::Not(testing::HasSubstr("s3cret")));
  EXPECT_EQ(read_one(to_toml(scenario)).queue.use, "redis://queue:***@127.0.0.1:6379/0");
  scenario.backend.url = "http://user:s3cret@127.0.0.1/";
  EXPECT_THAT(to_toml(scenario), testing::Not(testing::HasSubstr("s3cret")));
}

TEST(ScenarioText, OfOneSideOfAQueueCanBeReadAgain) {
  Scenario take;
  take.path.kind = PathKind::take;
  take.run.calls = 1'000;
  EXPECT_EQ(to_toml(read_one(to_toml(take))), to_toml(take));
  Scenario offer;
  offer.path.kind = PathKind::offer;
  EXPECT_EQ(to_toml(read_one(to_toml(offer))), to_toml(offer));
}

TEST(ScenarioText, LeavesOutWhatHasNoDefault) {
  const std::string text = to_toml(Scenario{});
  for (const std::string key :
       {"bound", "deadline", "url", "first_byte", "whole", "stages", "callers", "think", "calls",
        "boot", "recycle", "retry.budget", "[objectives]", "[[fault]]", "[[traffic"}) {
    EXPECT_THAT(text, testing::Not(testing::HasSubstr("\n" + key)));
  }
}

TEST(ScenarioHash, IsEqualForEqualExperimentsOnly) {
  const Scenario scenario = open_scenario();
  Scenario same = scenario;
  std::reverse(same.queue.options.begin(), same.queue.options.end());
  same.objectives[1].text = "< 50000us";
  EXPECT_EQ(scenario_hash(same), scenario_hash(scenario));
  EXPECT_EQ(scenario_hash(scenario).size(), 16U);

  std::set<std::string> hashes{scenario_hash(scenario), scenario_hash(Scenario{})};
  Scenario other = scenario;
  other.run.seed = 8;
  hashes.insert(scenario_hash(other));
  other = scenario;
  other.traffic.rate = Rate::per_second(0.1 + 1e-12);
  hashes.insert(scenario_hash(other));
  other = scenario;
  other.traffic.classes[1].weight = 2.0;
  hashes.insert(scenario_hash(other));
  other = scenario;
  other.faults.pop_back();
  hashes.insert(scenario_hash(other));
  EXPECT_EQ(hashes.size(), 6U);
  other = scenario;
  other.queue.use = "redis://queue:changed@127.0.0.1:6379/0";
  EXPECT_EQ(scenario_hash(other), scenario_hash(scenario));
}

TEST(ScenarioHash, ChangesOnlyWithTheKeysOfAScenario) {
  EXPECT_EQ(scenario_hash(open_scenario()), "3d96b156891fcad2");
}

}  // namespace
}  // namespace queuemeter
