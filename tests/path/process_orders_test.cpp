// SPDX-License-Identifier: Apache-2.0
#include "harness/path/process_orders.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace queuemeter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

ProcessOrders sample_orders() {
  ProcessOrders orders;
  orders.run_id = 0xfedc'ba98'7654'3210U;
  orders.seed = 11;
  orders.largest_payload = 4000;
  orders.queue.use = "redis://:secret@127.0.0.1:6379/0";
  orders.queue.bound = 77;
  orders.queue.wait = WaitPolicyKind::spin_yield;
  orders.queue.when_full = WhenFull::block;
  orders.queue.options = {{"id", "12"}, {"empty", ""}};
  orders.replies = orders.queue;
  orders.replies->bound.reset();
  orders.retry = {.kind = RetryRules::Kind::exponential,
                  .attempts = 5,
                  .delay = milliseconds{30},
                  .jitter = 0.25,
                  .budget = 0.1};
  orders.poll = seconds{3};
  orders.boot = milliseconds{50};
  orders.share = 200;
  orders.share_jitter = 0.2;
  orders.crash_rate = 0.002;
  orders.acknowledges = true;
  return orders;
}

TEST(ProcessOrders, OfASyntheticBackendArriveWhole) {
  ProcessOrders orders = sample_orders();
  SyntheticSettings synthetic;
  synthetic.model.service_time = Distribution::lognormal(milliseconds{20}, 0.5);
  synthetic.model.error_rate = 0.01;
  synthetic.model.concurrency = 3;
  synthetic.model.work = ServiceModel::Work::burn;
  synthetic.model.rate_limit = RateLimit{30, seconds{60}};
  synthetic.client_timeout = seconds{9};
  synthetic.freezes = {{instant_from_nanoseconds(5), seconds{1}},
                       {instant_from_nanoseconds(7), seconds{2}}};
  orders.backend = synthetic;

  const std::vector<std::byte> bytes = encode(orders);
  const Result<ProcessOrders> read = decode_orders(bytes);

  ASSERT_TRUE(read);
  EXPECT_EQ(encode(*read), bytes);
  EXPECT_EQ(read->run_id, orders.run_id);
  EXPECT_EQ(read->queue.use, orders.queue.use);
  EXPECT_EQ(read->queue.options, orders.queue.options);
  EXPECT_EQ(read->queue.bound, 77U);
  EXPECT_FALSE(read->replies->bound.has_value());
  EXPECT_EQ(read->retry.budget, 0.1);
  EXPECT_EQ(read->poll, seconds{3});
  EXPECT_EQ(read->share, 200U);
  EXPECT_TRUE(read->acknowledges);
  const auto& model = std::get<SyntheticSettings>(read->backend).model;
  EXPECT_EQ(model.service_time.to_text(), synthetic.model.service_time.to_text());
  EXPECT_EQ(model.rate_limit, synthetic.model.rate_limit);
  EXPECT_EQ(std::get<SyntheticSettings>(read->backend).freezes[1].length, seconds{2});
}

TEST(ProcessOrders, OfAnHttpBackendAndOfNoneArriveWhole) {
  ProcessOrders http = sample_orders();
  HttpBackendSettings settings;
  settings.url = "http://127.0.0.1:8080/slow";
  settings.client.method = "PUT";
  settings.client.connections = 5;
  settings.client.source_addresses = SourceAddresses::parse("127.0.0.1..127.0.0.8").value();
  settings.client.timeouts.whole = std::chrono::seconds{3};
  settings.client.expect.status = StatusSet::parse("200,404").value();
  settings.client.expect.json = {{"/ok", "true"}};
  settings.request.headers = {{"Authorization", "Bearer s3cret"}};
  settings.request.body = "{call.id}";
  settings.class_names = {"page"};
  settings.kept.location = true;
  settings.kept.body_bytes = 7;
  http.backend = settings;
  ProcessOrders none = sample_orders();

  const Result<ProcessOrders> read = decode_orders(encode(http));

  EXPECT_EQ(std::get<HttpBackendSettings>(read->backend).url, "http://127.0.0.1:8080/slow");
  const HttpClientSettings& client = std::get<HttpBackendSettings>(read->backend).client;
  EXPECT_EQ(client.method, "PUT");
  EXPECT_EQ(client.connections, 5U);
  EXPECT_EQ(client.source_addresses.to_text(), "127.0.0.1..127.0.0.8");
  EXPECT_EQ(client.timeouts.whole, std::chrono::seconds{3});
  EXPECT_EQ(client.timeouts.first_byte, std::nullopt);
  EXPECT_EQ(client.expect.status.to_text(), "200,404");
  EXPECT_EQ(client.expect.json.at(0).second, "true");
  const auto& [url, same, request, target, classes, kept, seed, has_account] =
      std::get<HttpBackendSettings>(read->backend);
  EXPECT_EQ(request.headers.at(0).second, "Bearer s3cret");
  EXPECT_EQ(request.body, "{call.id}");
  EXPECT_EQ(classes, std::vector<std::string>{"page"});
  EXPECT_TRUE(kept.location);
  EXPECT_EQ(kept.body_bytes, 7U);
  EXPECT_EQ(decode_orders(encode(none))->backend.index(), 0U);
}

TEST(ProcessOrders, CutOffOrForeignOnesAreRefused) {
  const std::vector<std::byte> bytes = encode(sample_orders());

  for (std::size_t length = 0; length < bytes.size(); ++length) {
    ASSERT_FALSE(decode_orders(std::span{bytes}.first(length))) << length;
  }
  std::vector<std::byte> longer = bytes;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(decode_orders(longer));
  std::vector<std::byte> foreign = bytes;
  foreign[4] = std::byte{9};
  EXPECT_NE(decode_orders(foreign).error().what.find("another version"), std::string::npos);
}

}  // namespace
}  // namespace queuemeter
