// SPDX-License-Identifier: Apache-2.0
#include "harness/front/front_server.hpp"

#include "harness/backend/backend_server.hpp"
#include "queue_impls/catalogue.hpp"
#include "tests/net/running_server.hpp"
#include "tests/net/served_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::string post(const std::string& body, const std::string& lines = {},
                 const std::string& query = {}) {
  return "POST /calls" + query + " HTTP/1.1\r\nHost: a\r\n" + lines +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

/// A front end before a backend of ours in the same process.
class Site {
 public:
  explicit Site(Duration service_time, FrontSettings settings = {}, double error_rate = 0.0)
      : backend_{
            BackendServer::start({.serves = BackendModel::event,
                                  .model = {.service_time = Distribution::constant(service_time),
                                            .error_rate = error_rate,
                                            .concurrency = 1000}})
                .value()} {
    settings.backend_url = "http://127.0.0.1:" + std::to_string(backend_->port()) + "/work";
    front_ = FrontServer::start(std::move(settings), queues::open_queue).value();
  }

  [[nodiscard]] ServedClient client() const { return ServedClient{front_->port()}; }
  [[nodiscard]] FrontServer& front() { return *front_; }
  [[nodiscard]] std::string ask(const std::string& request) const { return client().ask(request); }
  /// Asks again until the status is another one; the last answer.
  [[nodiscard]] std::string ask_while(int status, const std::string& request) const {
    ServedClient one = client();
    std::string answer = one.ask(request);
    for (int round = 0; round < 2000 && status_in(answer) == status; ++round) {
      std::this_thread::sleep_for(2ms);
      answer = one.ask(request);
    }
    return answer;
  }

 private:
  std::unique_ptr<BackendServer> backend_;
  std::unique_ptr<FrontServer> front_;
};

FrontSettings with(const std::function<void(FrontSettings&)>& change) {
  FrontSettings settings;
  change(settings);
  return settings;
}

/// What was posted to a server of the test, and the statuses it answers with.
class Postbox {
 public:
  explicit Postbox(std::vector<unsigned> statuses = {})
      : statuses_{std::move(statuses)},
        server_{[this](const HttpRequest& request, HttpReply reply) {
          const std::scoped_lock lock{mutex_};
          std::string text{request.target};
          request.fields.for_each([&text](std::string_view name, std::string_view value) {
            text.append("|").append(name).append(": ").append(value);
          });
          posts_.push_back(text.append("|").append(request.body));
          const std::size_t number = posts_.size() - 1;
          reply.answer(number < statuses_.size() ? statuses_[number] : 200U);
        }} {}

  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(server_.port()) + "/done/7?x=y";
  }
  /// Waits for so many; fewer after 5 s.
  [[nodiscard]] std::vector<std::string> posts(std::size_t count) {
    for (int round = 0; round < 2500; ++round) {
      {
        const std::scoped_lock lock{mutex_};
        if (posts_.size() >= count) {
          return posts_;
        }
      }
      std::this_thread::sleep_for(2ms);
    }
    const std::scoped_lock lock{mutex_};
    return posts_;
  }

 private:
  std::vector<unsigned> statuses_;
  std::mutex mutex_;  // guards posts_
  std::vector<std::string> posts_;
  RunningServer server_;
};

std::string callback_line(const Postbox& box) {
  return "X-Queuemeter-Callback: " + box.url() + "\r\n";
}

TEST(Front, ACallIsAnsweredAtOnceAndItsResultCanBeHadLater) {
  const Site site{50ms};

  const std::string accepted = site.ask(post("hello"));
  EXPECT_EQ(status_in(accepted), 202);
  const std::string location = field_in(accepted, "Location");
  EXPECT_THAT(location, testing::StartsWith("/calls/"));

  const std::string result = site.ask_while(202, get(location));
  EXPECT_EQ(status_in(result), 200);
  EXPECT_EQ(body_in(result), "ok\n");
  EXPECT_EQ(field_in(result, "X-Queuemeter-Outcome"), "completed");
  EXPECT_NE(field_in(result, "X-Queuemeter-Taken"), "");
  EXPECT_EQ("/calls/" + field_in(result, "X-Queuemeter-Call"), location);
}

TEST(Front, WhoWaitsGetsTheResultInTheSameAnswer) {
  const Site site{20ms};

  EXPECT_EQ(body_in(site.ask(post("a", {}, "?wait=5s"))), "ok\n");
  EXPECT_EQ(body_in(site.ask(post("b", "Prefer: respond-async, wait=5\r\n"))), "ok\n");
  const std::string plain = site.ask(post("c", "Prefer: wait\r\n"));
  EXPECT_EQ(status_in(plain), 200);
}

TEST(Front, AWaitThatEndsFirstIsToldWhereToAsk) {
  const Site site{300ms};

  const std::string answer = site.ask(post("a", {}, "?wait=30ms"));

  EXPECT_EQ(status_in(answer), 202);
  EXPECT_EQ(status_in(site.ask_while(202, get(field_in(answer, "Location")))), 200);
}

TEST(Front, TheResultIsPostedToTheUrlOfTheCall) {
  const Site site{20ms};
  Postbox box;

  EXPECT_EQ(status_in(site.ask(post("a", callback_line(box) + "X-Queuemeter-Call: mine-7\r\n"))),
            202);

  const auto posts = box.posts(1);
  ASSERT_EQ(posts.size(), 1u);
  EXPECT_THAT(posts[0], testing::StartsWith("/done/7?x=y|"));
  EXPECT_THAT(posts[0], HasSubstr("|X-Queuemeter-Call: mine-7|"));
  EXPECT_THAT(posts[0], HasSubstr("|X-Queuemeter-Outcome: completed|"));
  EXPECT_THAT(posts[0], testing::EndsWith("|ok\n"));
}

TEST(Front, AResultThatIsNotTakenIsPostedAgainAndGivenUpInTheEnd) {
  const Site site{0ms, with([](FrontSettings& settings) { settings.callbacks.pause = 5ms; })};
  Postbox takes_the_third{{500, 503, 200}};
  Postbox takes_none{{500, 500, 500, 500}};

  EXPECT_EQ(status_in(site.ask(post("a", callback_line(takes_the_third)))), 202);
  EXPECT_EQ(status_in(site.ask(post("b", callback_line(takes_none)))), 202);
  EXPECT_EQ(takes_the_third.posts(3).size(), 3u);
  EXPECT_EQ(takes_none.posts(3).size(), 3u);

  std::string metrics = site.ask(get("/metrics"));
  for (int round = 0; round < 500 && metrics.find("callbacks_failed_total 1") == std::string::npos;
       ++round) {
    std::this_thread::sleep_for(2ms);
    metrics = site.ask(get("/metrics"));
  }
  EXPECT_THAT(metrics, HasSubstr("queuemeter_front_callbacks_sent_total 1\n"));
  EXPECT_THAT(metrics, HasSubstr("queuemeter_front_callbacks_failed_total 1\n"));
  EXPECT_EQ(takes_none.posts(3).size(), 3u);
}

TEST(Front, ACallbackThatNobodyListensToIsGivenUp) {
  const Site site{0ms, with([](FrontSettings& settings) { settings.callbacks.pause = 1ms; })};
  const std::string nowhere = "X-Queuemeter-Callback: http://127.0.0.1:1/\r\n";

  EXPECT_EQ(status_in(site.ask(post("a", nowhere))), 202);

  std::string metrics;
  for (int round = 0; round < 500 && metrics.find("callbacks_failed_total 1") == std::string::npos;
       ++round) {
    std::this_thread::sleep_for(2ms);
    metrics = site.ask(get("/metrics"));
  }
  EXPECT_THAT(metrics, HasSubstr("queuemeter_front_callbacks_failed_total 1\n"));
}

TEST(Front, TheBackendGetsBodyAndIdAsTheClientSentThem) {
  std::promise<std::string> seen;
  RunningServer backend{[&seen](const HttpRequest& request, HttpReply reply) {
    seen.set_value(std::string{request.fields.find("x-queuemeter-call").value_or("none")} + " " +
                   std::string{request.body});
    reply.answer(200, {}, "the answer");
  }};
  const auto front =
      FrontServer::start(with([&](FrontSettings& settings) {
                           settings.backend_url =
                               "http://127.0.0.1:" + std::to_string(backend.port()) + "/";
                         }),
                         queues::open_queue)
          .value();
  ServedClient client{front->port()};
  const std::string body = std::string("a\0b\r\n", 5) + std::string(5000, 'x');

  const std::string answer =
      client.ask(post(body, "X-Queuemeter-Call: order.7_a~b\r\n", "?wait=5s"));

  EXPECT_EQ(seen.get_future().get(), "order.7_a~b " + body);
  EXPECT_EQ(body_in(answer), "the answer");
  EXPECT_EQ(field_in(answer, "X-Queuemeter-Call"), "order.7_a~b");
}

TEST(Front, WhatCannotBeACallIsRefusedWithTheReason) {
  const Site site{100ms};
  const std::string taken = "X-Queuemeter-Call: taken\r\n";
  EXPECT_EQ(status_in(site.ask(post("a", taken))), 202);

  EXPECT_EQ(status_in(site.ask(post("a", taken))), 409);
  EXPECT_EQ(status_in(site.ask(post("a", "X-Queuemeter-Call: a/b\r\n"))), 400);
  EXPECT_EQ(status_in(site.ask(post("a", "X-Queuemeter-Callback: http://192.0.2.1/\r\n"))), 400);
  EXPECT_EQ(status_in(site.ask(post("a", "X-Queuemeter-Callback: http://example.org/\r\n"))), 400);
  EXPECT_EQ(status_in(site.ask(post("a", {}, "?wait=soon"))), 400);
  EXPECT_EQ(status_in(site.ask(post(std::string((1 << 20) + 1, 'x')))), 413);
  EXPECT_EQ(status_in(site.ask("PUT /calls HTTP/1.1\r\nHost: a\r\n\r\n")), 405);
  EXPECT_EQ(status_in(site.ask(get("/elsewhere"))), 404);
  EXPECT_EQ(status_in(site.ask(get("/calls/never-heard-of"))), 404);
}

TEST(Front, ResultsAreDroppedForNewerOnesAndThatIsSaid) {
  const Site site{0ms, with([](FrontSettings& settings) { settings.kept = 1; })};
  EXPECT_EQ(status_in(site.ask(post("a", "X-Queuemeter-Call: old\r\n", "?wait=5s"))), 200);
  EXPECT_EQ(status_in(site.ask(post("b", "X-Queuemeter-Call: new\r\n", "?wait=5s"))), 200);

  EXPECT_EQ(status_in(site.ask(get("/calls/old"))), 410);
  EXPECT_EQ(status_in(site.ask(get("/calls/new"))), 200);
}

TEST(Front, ResultsAreDroppedWhenTheyAreTooOld) {
  const Site site{0ms, with([](FrontSettings& settings) { settings.keep_for = 20ms; })};
  EXPECT_EQ(status_in(site.ask(post("a", "X-Queuemeter-Call: old\r\n", "?wait=5s"))), 200);

  EXPECT_EQ(status_in(site.ask_while(200, get("/calls/old"))), 410);
}

TEST(Front, AFullQueueIsSaidWithWhenToComeAgain) {
  const Site site{5s, with([](FrontSettings& settings) {
                    settings.queue.bound = 2;
                    settings.workers = FrontSettings::Workers::thread;
                    settings.worker_count = 1;
                  })};
  ServedClient client = site.client();
  std::string answer;
  int accepted = 0;
  for (int call = 0; call < 10 && status_in(answer) != 503; ++call) {
    answer = client.ask(post("a"));
    accepted += status_in(answer) == 202 ? 1 : 0;
  }

  EXPECT_EQ(status_in(answer), 503);
  EXPECT_EQ(field_in(answer, "Retry-After"), "1");
  EXPECT_GE(accepted, 2);
  EXPECT_LE(accepted, 3);
  EXPECT_THAT(client.ask(get("/metrics")), HasSubstr("rejected_total{reason=\"queue_full\"} 1\n"));
}

TEST(Front, AClientWithTooManyCallsIsToldToWait) {
  const Site site{200ms, with([](FrontSettings& settings) { settings.per_client = 2; })};
  ServedClient client = site.client();
  EXPECT_EQ(status_in(client.ask(post("a", {}, ""))), 202);
  EXPECT_EQ(status_in(client.ask(post("b"))), 202);

  const std::string refused = client.ask(post("c"));
  EXPECT_EQ(status_in(refused), 429);
  EXPECT_EQ(field_in(refused, "Retry-After"), "1");
  EXPECT_EQ(status_in(site.ask_while(429, post("d"))), 202) << "once one of them is done";
}

TEST(Front, AnErrorOfTheBackendIsTold) {
  const Site site{0ms, {}, 1.0};

  const std::string answer = site.ask(post("a", {}, "?wait=5s"));

  EXPECT_EQ(status_in(answer), 502);
  EXPECT_EQ(field_in(answer, "X-Queuemeter-Outcome"), "failed");
  EXPECT_EQ(field_in(answer, "X-Queuemeter-Reason"), "backend_error");
}

TEST(Front, ACallThatWaitedTooLongIsNotMade) {
  const Site site{300ms, with([](FrontSettings& settings) {
                    settings.workers = FrontSettings::Workers::thread;
                    settings.worker_count = 1;
                    settings.deadline = 100ms;
                  })};
  ServedClient first = site.client();
  ServedClient second = site.client();
  first.send(post("a", {}, "?wait=5s"));
  std::this_thread::sleep_for(20ms);

  const std::string answer = second.ask(post("b", {}, "?wait=5s"));

  EXPECT_EQ(status_in(answer), 504);
  EXPECT_EQ(field_in(answer, "X-Queuemeter-Outcome"), "expired");
  EXPECT_EQ(status_in(first.receive()), 200);
}

TEST(Front, AClientThatLeavesDoesNotTakeItsCallWithIt) {
  const Site site{100ms};
  {
    ServedClient client = site.client();
    client.send(post("a", "X-Queuemeter-Call: left\r\n", "?wait=5s"));
    EXPECT_TRUE(client.hears_nothing_for(30));
  }

  EXPECT_EQ(status_in(site.ask_while(202, get("/calls/left"))), 200);
}

TEST(Front, DrainingFinishesWhatThereIsAndTakesNothingMore) {
  Site site{300ms};
  ServedClient waiting = site.client();
  ServedClient late = site.client();
  EXPECT_EQ(status_in(late.ask(get("/healthz"))), 200);
  waiting.send(post("a", {}, "?wait=5s"));
  EXPECT_TRUE(waiting.hears_nothing_for(50));
  std::size_t left = 1;
  std::thread drains{[&] { left = site.front().drain(5s); }};
  std::string refused = late.ask(post("b"));
  for (int round = 0; round < 50 && status_in(refused) == 202; ++round) {
    refused = late.ask(post("b"));
  }

  EXPECT_EQ(status_in(refused), 503);
  EXPECT_EQ(status_in(late.ask(get("/healthz"))), 503);
  EXPECT_EQ(status_in(waiting.receive()), 200);
  drains.join();
  EXPECT_EQ(left, 0u);
  EXPECT_TRUE(late.is_closed_by_server());
}

TEST(Front, WhatIsNotDoneWhenThePatienceEndsIsCountedAndTold) {
  Site site{10s};
  ServedClient waiting = site.client();
  waiting.send(post("a", {}, "?wait=60s"));
  EXPECT_TRUE(waiting.hears_nothing_for(50));

  EXPECT_EQ(site.front().drain(50ms), 1u);

  EXPECT_EQ(field_in(waiting.receive(), "X-Queuemeter-Outcome"), "unfinished");
}

TEST(Front, MetricsAreOpenMetrics) {
  const Site site{0ms};
  EXPECT_EQ(status_in(site.ask(post("a", {}, "?wait=5s"))), 200);

  const std::string answer = site.ask(get("/metrics"));

  EXPECT_THAT(field_in(answer, "Content-Type"), HasSubstr("application/openmetrics-text"));
  EXPECT_THAT(answer, HasSubstr("queuemeter_front_accepted_total 1\n"));
  EXPECT_THAT(answer, HasSubstr("queuemeter_front_done_total{outcome=\"completed\"} 1\n"));
  EXPECT_THAT(answer, HasSubstr("queuemeter_front_completion_seconds_count 1\n"));
  EXPECT_THAT(answer, HasSubstr("queuemeter_front_live 0\n"));
  EXPECT_THAT(answer, testing::EndsWith("# EOF\n"));
}

TEST(Front, ThousandsOfCallsAllComeBackOnce) {
  const Site site{1ms};
  Postbox box;
  ServedClient client = site.client();
  constexpr std::size_t calls = 2000;
  for (std::size_t call = 0; call < calls; ++call) {
    client.send(
        post("x", callback_line(box) + "X-Queuemeter-Call: c" + std::to_string(call) + "\r\n"));
    ASSERT_EQ(status_in(client.receive()), 202);
  }

  EXPECT_EQ(box.posts(calls).size(), calls);
  EXPECT_THAT(client.ask(get("/metrics")),
              HasSubstr("done_total{outcome=\"completed\"} " + std::to_string(calls) + "\n"));
}

TEST(Front, WrongSettingsAreOneSentence) {
  FrontSettings no_url;
  no_url.backend_url = "ftp://x/";
  FrontSettings no_queue;
  no_queue.backend_url = "http://127.0.0.1:1/";
  no_queue.queue.use = "no_such_queue";

  EXPECT_THAT(FrontServer::start(no_url, queues::open_queue).error().what, HasSubstr("--backend"));
  EXPECT_THAT(FrontServer::start(no_queue, queues::open_queue).error().what,
              HasSubstr("no_such_queue"));
}

}  // namespace
}  // namespace queuemeter
