// SPDX-License-Identifier: Apache-2.0
// `queuemeter run http://URL` against servers that we did not write, as people use it.
#include "tests/backend/scripted_server.hpp"
#include "tests/end_to_end/program.hpp"
#include "tests/peers/httplib_peer.hpp"
#include "tests/peers/peers.hpp"
#include "tests/peers/private_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace queuemeter::peers {
namespace {

using end_to_end::Finished;
using end_to_end::run_queuemeter;
using end_to_end::TemporaryFolder;
using nlohmann::json;
using testing::HasSubstr;

/// Runs it in a folder of its own; the result document.
json result_of_run(std::vector<std::string> arguments) {
  const TemporaryFolder folder;
  arguments.insert(arguments.begin(), "run");
  arguments.insert(arguments.end(), {"--json", "--quiet", "--out", folder.path() + "/run"});
  const Finished finished = run_queuemeter(arguments, folder.path());
  json result = json::parse(finished.out, nullptr, false);
  EXPECT_FALSE(result.is_discarded()) << finished.out << finished.err;
  return result;
}

void expect_balanced(const json& ledger) {
  std::int64_t ended = 0;
  for (const char* const outcome : {"completed", "rejected", "shed", "expired", "failed", "lost",
                                    "unfinished", "unknown", "unsent"}) {
    ended += ledger.at(outcome).get<std::int64_t>();
  }
  EXPECT_EQ(ended, ledger.at("planned").get<std::int64_t>()) << ledger;
  EXPECT_TRUE(ledger.at("balanced").get<bool>());
}

class RunAgainst : public testing::TestWithParam<Peer> {
 protected:
  void SetUp() override {
    if (GetParam().program != nullptr && !is_installed(GetParam().program)) {
      GTEST_SKIP() << GetParam().program << " is not installed; install " << GetParam().package;
    }
    server_ = GetParam().start();
  }
  [[nodiscard]] std::string url(std::string_view target) const { return server_->url(target); }

 private:
  std::unique_ptr<RunningPeer> server_;
};

INSTANTIATE_TEST_SUITE_P(Peers, RunAgainst, testing::ValuesIn(all_peers()),
                         testing::PrintToStringParamName());

TEST_P(RunAgainst, AnOpenLoopOfPostsWithABodyAndAHeader) {
  const json result =
      result_of_run({url("/three"), "--rate", "200/s", "--for", "1s", "--method", "POST", "-H",
                     "X-Test: 1", "--body", "{\"a\": 1}", "--set", "run.warm_up=200ms"});

  const json& ledger = result.at("ledger");
  expect_balanced(ledger);
  EXPECT_GT(ledger.at("planned"), 100);
  EXPECT_EQ(ledger.at("completed"), ledger.at("planned")) << ledger;
}

TEST_P(RunAgainst, AClosedLoopOfGets) {
  const json result = result_of_run({url("/three"), "--callers", "4", "--for", "1s", "--method",
                                     "GET", "--set", "run.warm_up=200ms"});

  const json& ledger = result.at("ledger");
  expect_balanced(ledger);
  EXPECT_GT(ledger.at("completed"), 50);
  EXPECT_EQ(ledger.at("failed"), 0) << ledger;
}

TEST(RunAgainstAScript, AnswersCutAtEveryByteAreCountedOnce) {
  constexpr std::string_view answer =
      "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n0\r\n\r\n";
  std::atomic<std::int64_t> requests = 0;
  std::atomic<std::int64_t> whole = 0;
  ScriptedServer server{[&](ScriptedPeer& peer, std::size_t number) {
    if (peer.read_request().empty()) {
      return;  // the knock before the run
    }
    ++requests;
    const std::size_t bytes = number % (answer.size() + 1);
    whole += bytes == answer.size() ? 1 : 0;
    peer.say(answer.substr(0, bytes));
    if (number % 2 == 1) {
      peer.reset();
    }
  }};

  const json result = result_of_run(
      {server.url(), "--rate", "400/s", "--for", "2s", "--no-abort", "--set", "run.warm_up=0s"});

  const json& ledger = result.at("ledger");
  expect_balanced(ledger);
  EXPECT_EQ(ledger.at("planned"), requests.load());
  EXPECT_EQ(ledger.at("completed"), whole.load());
  EXPECT_EQ(ledger.at("failed"), requests.load() - whole.load());
  EXPECT_EQ(ledger.at("reasons").at("disconnected"), ledger.at("failed"));
  EXPECT_EQ(ledger.at("duplicated"), 0);
}

/// 100 callers of a server with 8 threads, each of which stays with its connection.
class Starvation : public testing::Test {
 protected:
  static std::vector<std::string> arguments(const std::string& url) {
    return {url,
            "--callers",
            "100",
            "--for",
            "3s",
            "--set",
            "run.warm_up=0s",
            "--set",
            "run.drain=100ms",
            "--set",
            "traffic.reply_timeout=20s"};
  }
};

TEST_F(Starvation, AServerThatServesOnly8Of100ConnectionsIsFoundOut) {
  HttplibPeer server{8, std::chrono::milliseconds{5}};

  const json result = result_of_run(arguments(server.url("/three")));

  const json& connections = result.at("backend").at("connections");
  EXPECT_EQ(connections.at("used"), 100);
  EXPECT_EQ(connections.at("passed_over"), 92);
  EXPECT_GT(connections.at("answers"), 1'000) << "its rate alone shows nothing";
  const json& findings = result.at("findings");
  const auto finding = std::ranges::find_if(
      findings, [](const json& each) { return each.at("id") == "starved_connections"; });
  ASSERT_NE(finding, findings.end()) << findings;
  EXPECT_THAT(finding->at("text").get<std::string>(),
              HasSubstr("8 of 100 connections served every call"));
}

TEST_F(Starvation, TheTableSaysSo) {
  HttplibPeer server{8, std::chrono::milliseconds{5}};
  const TemporaryFolder folder;
  std::vector<std::string> words = arguments(server.url("/three"));
  words.insert(words.begin(), "run");
  words.insert(words.end(), {"--quiet", "--out", folder.path() + "/run"});

  const Finished finished = run_queuemeter(words, folder.path());

  EXPECT_THAT(finished.out, HasSubstr("8 of 100 connections served every call")) << finished.err;
}

TEST_F(Starvation, AServerWithAThreadForEachConnectionServesAll) {
  HttplibPeer server{100, std::chrono::milliseconds{5}};

  const json result = result_of_run(arguments(server.url("/three")));

  EXPECT_EQ(result.at("backend").at("connections").at("passed_over"), 0);
  for (const json& finding : result.at("findings")) {
    EXPECT_NE(finding.at("id"), "starved_connections") << finding;
  }
}

}  // namespace
}  // namespace queuemeter::peers
