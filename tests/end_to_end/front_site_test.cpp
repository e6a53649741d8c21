// SPDX-License-Identifier: Apache-2.0
// The path through a front end against sites that are not ours: one that does everything wrong that
// a site can do with callbacks, as often as the test says, and one that knows nothing of queuemeter
// and calls its slow interface as it always does.
#include "tests/end_to_end/program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace queuemeter::end_to_end {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using SteadyTime = std::chrono::steady_clock::time_point;

/// Sends callbacks when they are due, on a thread of its own.
class Postman {
 public:
  Postman() : thread_{[this](const std::stop_token& stop) { deliver(stop); }} {}

  void post(std::string url, milliseconds after = milliseconds{0}) {
    const std::scoped_lock lock{mutex_};
    letters_.emplace(std::chrono::steady_clock::now() + after, std::move(url));
    news_.notify_one();
  }
  /// Callbacks that were refused with 403.
  [[nodiscard]] int refused() const { return refused_; }

 private:
  void deliver(const std::stop_token& stop) {
    std::unique_lock lock{mutex_};
    while (!stop.stop_requested()) {
      if (letters_.empty()) {
        news_.wait_for(lock, milliseconds{20});
        continue;
      }
      const SteadyTime due = letters_.begin()->first;
      if (std::chrono::steady_clock::now() < due) {
        news_.wait_until(lock, std::min(due, std::chrono::steady_clock::now() + milliseconds{20}));
        continue;
      }
      const std::string url = letters_.extract(letters_.begin()).mapped();
      lock.unlock();
      send(url);
      lock.lock();
    }
  }
  void send(const std::string& url) {
    const std::size_t path = url.find('/', url.find("//") + 2);
    httplib::Client client{url.substr(0, path)};
    const auto answer = client.Post(url.substr(path), "", "text/plain");
    refused_ += answer && answer->status == 403 ? 1 : 0;
  }

  std::mutex mutex_;  // guards letters_
  std::condition_variable news_;
  std::multimap<SteadyTime, std::string> letters_;
  std::atomic<int> refused_{0};
  std::jthread thread_;
};

/// A site of this test on a free port.
class TestSite {
 public:
  explicit TestSite(const httplib::Server::Handler& take) {
    server_.new_task_queue = [] { return new httplib::ThreadPool{64}; };
    server_.set_keep_alive_max_count(1'000'000);
    server_.Post("/orders", take);
  }
  ~TestSite() {
    server_.stop();
    thread_.join();
  }
  TestSite(const TestSite&) = delete;
  TestSite& operator=(const TestSite&) = delete;

  [[nodiscard]] httplib::Server& server() { return server_; }
  void start() {
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread{[this] { server_.listen_after_bind(); }};
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

/// A port that nobody listened at a moment ago.
int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t bytes = sizeof address;
  EXPECT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), bytes), 0);
  EXPECT_EQ(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &bytes), 0);
  ::close(socket);
  return ntohs(address.sin_port);
}

json run(const std::string& scenario, int* exit_code = nullptr) {
  const TemporaryFolder folder;
  const Finished finished = run_queuemeter(
      {"run", folder.write("site.toml", scenario), "--json", "--quiet"}, folder.path());
  if (exit_code != nullptr) {
    *exit_code = finished.exit_code;
  }
  EXPECT_FALSE(finished.out.empty()) << finished.err;
  return json::parse(finished.out);
}

/// Ten kinds of calls, in turn.
TEST(FrontCallbacks, LostLateDoubleForgedRefusedAndWastedOnesAreCountedExactly) {
  Postman postman;
  std::atomic<int> orders{0};
  TestSite site{[&](const httplib::Request& request, httplib::Response& response) {
    const std::string callback = request.get_header_value("X-Callback");
    response.status = 202;
    switch (orders++ % 10) {
      case 0:  // taken and forgotten
        break;
      case 1:  // after the deadline
        postman.post(callback, milliseconds{1200});
        break;
      case 2:
        postman.post(callback);
        postman.post(callback, milliseconds{20});
        break;
      case 3: {
        std::string forged = callback;
        forged.back() = forged.back() == '0' ? '1' : '0';
        postman.post(forged);
        postman.post(callback, milliseconds{20});
        break;
      }
      case 4:
        response.status = 503;
        break;
      case 5:
        response.status = 429;
        break;
      case 6:  // its caller has left before the answer
        std::this_thread::sleep_for(milliseconds{1900});
        postman.post(callback);
        break;
      default:
        postman.post(callback, milliseconds{5});
        break;
    }
  }};
  site.server().Get("/orders/.*", [](const httplib::Request&, httplib::Response& response) {
    response.status = 404;
  });
  site.start();

  const json result =
      run("[run]\nwarm_up = \"0s\"\nmeasure = \"30s\"\ncalls = 200\ndrain = \"3s\"\n"
          "[traffic]\narrivals = \"constant\"\nrate = \"200/s\"\nreply_timeout = \"1500ms\"\n"
          "deadline = \"800ms\"\n[path]\nkind = \"front\"\nurl = \"" +
          site.url() +
          "/orders\"\ncompletion = \"callback\"\nresult_url = \"/orders/{call.id}\"\n"
          "headers = { \"X-Callback\" = \"{callback}\" }\n");

  const json& ledger = result.at("ledger");
  EXPECT_EQ(ledger.at("planned"), 200);
  EXPECT_EQ(ledger.at("lost"), 20);
  EXPECT_EQ(ledger.at("completed"), 120);
  EXPECT_EQ(ledger.at("late"), 20);
  EXPECT_EQ(ledger.at("duplicated"), 20);
  EXPECT_EQ(ledger.at("reasons").at("full"), 20);
  EXPECT_EQ(ledger.at("reasons").at("quota"), 20);
  EXPECT_EQ(ledger.at("reasons").at("reply_timeout"), 20);
  EXPECT_EQ(ledger.at("wasted"), 20);
  EXPECT_TRUE(ledger.at("balanced").get<bool>());
  EXPECT_EQ(result.at("front").at("forged"), 20);
  EXPECT_EQ(postman.refused(), 20);
}

/// An order shop that calls its slow interface for every order, and waits for it. It knows nothing
/// of queuemeter; like many, it hands a request's id on.
TEST(FrontBackend, ASiteThatKnowsNothingOfUsIsMeasuredByTheBackendItCalls) {
  const int backend_port = free_port();
  const std::string backend = "http://127.0.0.1:" + std::to_string(backend_port);
  TestSite site{[backend](const httplib::Request& request, httplib::Response& response) {
    thread_local httplib::Client slow{backend};
    slow.set_keep_alive(true);
    const auto answer =
        slow.Post("/price", {{"X-Request-Id", request.get_header_value("X-Request-Id")}}, "",
                  "application/json");
    response.status = answer && answer->status == 200 ? 200 : 502;
  }};
  site.start();

  const json result =
      run("[run]\nwarm_up = \"200ms\"\nmeasure = \"1500ms\"\n"
          "[traffic]\nrate = \"100/s\"\n[path]\nkind = \"front\"\nurl = \"" +
          site.url() +
          "/orders\"\ncompletion = \"backend\"\ncall_id = \"header:X-Request-Id\"\n"
          "headers = { \"X-Request-Id\" = \"{call.id}\" }\n"
          "[backend]\nkind = \"managed\"\nmodel = \"event\"\nlisten = \"127.0.0.1:" +
          std::to_string(backend_port) + "\"\nservice_time = \"20ms\"\n");

  const json& ledger = result.at("ledger");
  EXPECT_GT(ledger.at("planned"), 50);
  EXPECT_EQ(ledger.at("completed"), ledger.at("planned"));
  EXPECT_EQ(ledger.at("duplicated"), 0);
  const json& latency = result.at("latency_ns");
  EXPECT_NEAR(latency.at("service").at("p50").get<double>(), 20e6, 4e6);
  EXPECT_GE(latency.at("completion").at("p50"), latency.at("service").at("p50"));
  EXPECT_GE(latency.at("answer").at("p50"), latency.at("completion").at("p50"))
      << "this shop answers when its backend has";
  EXPECT_TRUE(latency.at("handoff").is_null());
  EXPECT_EQ(result.at("front").at("strange"), 0);
}

TEST(FrontSite, ThatIsNotThereIsFoundOutBeforeTheWindowOpens) {
  const TemporaryFolder folder;

  const Finished finished = run_queuemeter(
      {"run",
       folder.write("site.toml", "[path]\nkind = \"front\"\nurl = \"http://127.0.0.1:1/orders\"\n"),
       "--quiet"},
      folder.path());

  EXPECT_EQ(finished.exit_code, 4);
  EXPECT_THAT(finished.err, testing::HasSubstr("127.0.0.1:1 cannot be reached"));
}

}  // namespace
}  // namespace queuemeter::end_to_end
