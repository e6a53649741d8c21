// SPDX-License-Identifier: Apache-2.0
// Clients that mean harm: a front end refuses them with a status, and serves the others on.
#include "harness/backend/backend_server.hpp"
#include "harness/front/front_server.hpp"
#include "harness/net/listening_socket.hpp"
#include "queue_impls/catalogue.hpp"
#include "tests/net/attacks.hpp"
#include "tests/net/served_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace queuemeter {
namespace {

using testing::HasSubstr;

const std::string good =
    "POST /calls?wait=5s HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
const std::string metrics = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";

struct Site {
  std::unique_ptr<BackendServer> backend =
      BackendServer::start({.serves = BackendModel::event,
                            .model = {.service_time = Distribution::constant(Duration{0})}})
          .value();
  std::unique_ptr<FrontServer> front = [this] {
    FrontSettings settings;
    settings.backend_url = "http://127.0.0.1:" + std::to_string(backend->port()) + "/";
    return FrontServer::start(settings, queues::open_queue).value();
  }();
};

class HostileInput : public testing::TestWithParam<Attack> {};
INSTANTIATE_TEST_SUITE_P(ToTheFront, HostileInput, testing::ValuesIn(attacks("/calls")),
                         [](const auto& test) { return test.param.name; });

TEST_P(HostileInput, IsRefusedAndOthersAreServedOn) {
  const Site site;
  ServedClient other{site.front->port()};
  ASSERT_EQ(status_in(other.ask(good)), 200);
  ServedClient attacker{site.front->port()};

  attacker.send(GetParam().bytes);

  EXPECT_EQ(status_in(attacker.receive()), GetParam().status);
  EXPECT_TRUE(attacker.is_closed_by_server());
  EXPECT_EQ(status_in(other.ask(good)), 200);
  EXPECT_THAT(other.ask(metrics), HasSubstr("queuemeter_front_accepted_total 2\n"))
      << "nothing was smuggled in";
}

TEST(HostileInput, SlowClientsHoldNeitherMemoryNorOthersUp) {
  const Site site;
  raise_descriptor_limit(4096);
  std::vector<ServedClient> slow;
  for (int number = 0; number < 500; ++number) {
    slow.emplace_back(site.front->port());
    slow.back().send("POST /calls HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nx");
  }
  ServedClient other{site.front->port()};
  for (int call = 0; call < 50; ++call) {
    for (std::size_t number = 0; number < slow.size(); number += 10) {
      slow[number].send("x");
    }
    ASSERT_EQ(status_in(other.ask(good)), 200);
  }

  const std::string told = other.ask(metrics);
  EXPECT_THAT(told, HasSubstr("queuemeter_front_accepted_total 50\n"));
  const std::size_t at = told.find("\nqueuemeter_front_buffered_bytes ");
  ASSERT_NE(at, std::string::npos);
  EXPECT_LT(std::stoul(told.substr(told.find(' ', at + 1))), 100'000u);
}

}  // namespace
}  // namespace queuemeter
