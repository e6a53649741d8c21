// SPDX-License-Identifier: Apache-2.0
#include "harness/record/result_json.hpp"

#include "harness/record/json_value.hpp"
#include "tests/record/sample_runs.hpp"
#include "tests/record/scratch_folder.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <random>

namespace queuemeter {
namespace {

const std::string golden_path =
    std::string{QUEUEMETER_SOURCE_DIR} + "/tests/record/golden/result-1.json";

const std::string full_traffic_path =
    std::string{QUEUEMETER_SOURCE_DIR} + "/tests/record/golden/result-1-full-traffic.json";

/// A run that uses every member, also those that judging fills.
RunDocument full_run() {
  RunDocument run = sample_runs::queued_overloaded();
  run.label = "queue.bound=600";
  run.saturated = true;
  run.limiting_part = "backend";
  run.busy = {{"backend", 0.996, "8 of 8 slots"}, {"workers", 0.99, "8 of 8"}};
  run.findings = {{"saturated", "saturated: 457/s of 600/s were done"}};
  run.validity.verdict = Validity::Verdict::suspect;
  run.validity.checks = {
      {"lateness", "offered when planned", 0.01, 0.2, Check::Verdict::pass, "p99 180 us"},
      {"stationarity", "no trend", 1e-4, 1e-3, Check::Verdict::warn, "it has a trend"}};
  run.scenario.objectives = {{"completion_p99", Objective::Comparison::below, 50e6, "< 50ms"},
                             {"drop_rate", Objective::Comparison::at_most, 0.001, "<= 0.1%"}};
  run.objectives = {{run.scenario.objectives[0], 1.52e9, false, ""},
                    {run.scenario.objectives[1], std::nullopt, std::nullopt, "undecided"}};
  run.exit_code = 1;
  return run;
}

/// A run of full traffic: closed loop, classes, fairness, worker processes, the host.
RunDocument full_traffic_run() {
  RunDocument run = sample_runs::callers_at_ease();
  run.repetition = 2;
  run.foreign_messages = 3;
  run.ledger.redelivered = 7;
  run.caller_peaks->held = 5;
  run.worker_troubles->crashed = 1;
  run.worker_troubles->retries_denied = 6;
  run.scenario.run.pacing = {Pacing::Kind::spin, std::chrono::microseconds{50}};
  run.scenario.queue.stamps = Stamps::own;
  run.classes[1].objectives = {{run.scenario.traffic.classes[1].objectives[0], 21e6, false, ""}};
  return run;
}

/// A run through somebody else's site.
RunDocument site_run() {
  RunDocument run = sample_runs::direct_at_ease();
  run.scenario.path.kind = PathKind::front;
  run.scenario.path.site.url = "http://127.0.0.1:8080/orders";
  run.scenario.path.site.completion = CompletedBy::poll;
  run.front = FrontResult{.polls = 7'000,
                          .polls_unanswered = 3,
                          .mean_poll_s = 0.0005,
                          .reports = 5,
                          .forged = 2,
                          .strange = 1,
                          .missed = 4};
  return run;
}

Json parsed(const std::string& text) {
  std::string error;
  Json json = parse_json(text, error);
  EXPECT_EQ(error, "");
  return json;
}

TEST(ResultJson, ARunReadsBackAsItWasWritten) {
  for (const RunDocument& run :
       {full_run(), full_traffic_run(), site_run(), sample_runs::direct_at_ease(), RunDocument{}}) {
    const std::string text = to_json(run);

    const Result<RunDocument> back = run_document_from_json(text);

    ASSERT_TRUE(back) << back.error().what;
    EXPECT_EQ(to_json(back.value()), text);
    EXPECT_EQ(back.value().ledger, run.ledger);
    EXPECT_EQ(scenario_hash(back.value().scenario), scenario_hash(run.scenario));
  }
}

TEST(ResultJson, EveryKeyThatReadersMayRelyOnIsThere) {
  const Json json = parsed(to_json(full_run()));
  const std::vector<std::pair<std::string, std::vector<std::string>>> promised{
      {"run",
       {"id", "started_at", "phase_seconds", "complete", "altered", "version", "commit", "build"}},
      {"queue", {"name", "version", "guarantee", "traits", "effective_settings", "emulated"}},
      {"ledger",
       {"planned", "completed", "late", "rejected", "shed", "expired", "failed", "lost",
        "unfinished", "unknown", "unsent", "duplicated", "reordered", "redelivered", "retried",
        "phantom", "wasted", "reasons", "balanced"}},
      {"throughput", {"planned_per_s", "offered_per_s", "completed_per_s", "goodput_per_s"}},
      {"latency_ns",
       {"completion", "answer", "lateness", "admission", "queueing", "handoff", "service",
        "return"}},
      {"backlog", {"peak", "end", "growth_per_s", "oldest_age_ns", "drain_s", "forecast"}},
      {"workers", {"count", "busy", "needed"}},
      {"backend", {"slots", "busy", "served", "wasted"}},
      {"busy", {"backend", "workers"}},
      {"cost",
       {"cpu_s_by_role", "cpu_us_per_call", "max_rss_bytes", "context_switches", "allocations"}},
      {"validity", {"verdict", "checks"}}};
  for (const auto& [object, keys] : promised) {
    ASSERT_NE(json.find(object), nullptr) << object;
    for (const std::string& key : keys) {
      EXPECT_NE(json.find(object)->find(key), nullptr) << object << "." << key;
    }
  }
  for (const char* key :
       {"schema", "machine", "scenario_hash", "drop_rate", "drop_rate_max", "saturated", "classes",
        "findings", "limiting_part", "objectives", "exit_code"}) {
    EXPECT_NE(json.find(key), nullptr) << key;
  }
  for (const char* key :
       {"count", "min", "mean", "p50", "p90", "p95", "p99", "p999", "p9999", "max"}) {
    EXPECT_NE(json.find("latency_ns")->find("completion")->find(key), nullptr) << key;
  }
}

TEST(ResultJson, WhatWasNotObservedIsNullAndNotZero) {
  const Json json = parsed(to_json(sample_runs::direct_at_ease()));

  EXPECT_TRUE(json.find("queue")->is_null());
  EXPECT_TRUE(json.find("backlog")->is_null());
  EXPECT_TRUE(json.find("latency_ns")->find("queueing")->is_null());
  EXPECT_TRUE(json.find("latency_ns")->find("completion")->find("p9999")->is_null());
  EXPECT_TRUE(json.find("workers")->find("needed")->is_null());
}

TEST(ResultJson, ANumberThatIsNotFiniteIsWrittenAsNullAndReadBack) {
  RunDocument run = sample_runs::queued_at_ease();
  run.drop_rate = std::numeric_limits<double>::quiet_NaN();
  run.backlog->growth_per_s = std::numeric_limits<double>::infinity();

  const std::string text = to_json(run);

  EXPECT_EQ(text.find("nan"), std::string::npos);
  EXPECT_EQ(text.find("inf"), std::string::npos);
  EXPECT_TRUE(run_document_from_json(text));
}

TEST(ResultJson, TheGoldenFileOfVersion1IsStillRead) {
  const Result<RunDocument> run = read_run_document(golden_path);

  ASSERT_TRUE(run) << run.error().what;
  EXPECT_EQ(run.value().ledger.planned, 6'000);
  EXPECT_EQ(run.value().ledger.of(Outcome::completed), 4'577);
  EXPECT_EQ(run.value().ledger.of(Reason::full), 1'423);
  EXPECT_EQ(run.value().latency[static_cast<std::size_t>(Span::completion)]->p99,
            std::chrono::milliseconds{1'520});
  EXPECT_EQ(run.value().scenario.queue.bound, 600u);
  EXPECT_EQ(run.value().objectives.at(0).met, false);
  EXPECT_EQ(run.value().objectives.at(1).met, std::nullopt);
  EXPECT_EQ(run.value().validity.checks.at(1).verdict, Check::Verdict::warn);
  EXPECT_EQ(run.value().backlog->drain, std::chrono::milliseconds{1'500});
  // Keys that scenarios have learnt since then make another hash; what was measured is the same.
  RunDocument expected = full_run();
  expected.scenario_hash = run->scenario_hash;
  EXPECT_EQ(to_json(run.value()), to_json(expected));
}

TEST(ResultJson, TheGoldenFileOfFullTrafficIsStillRead) {
  if (std::getenv("QUEUEMETER_WRITE_GOLDEN") != nullptr) {
    write_text(full_traffic_path, to_json(full_traffic_run()));
  }
  const Result<RunDocument> run = read_run_document(full_traffic_path);

  ASSERT_TRUE(run) << run.error().what;
  ASSERT_EQ(run->classes.size(), 2u);
  EXPECT_EQ(run->classes[0].name, "short");
  EXPECT_EQ(run->classes[1].ledger.planned, 300);
  EXPECT_EQ(run->classes[1].objectives.at(0).met, false);
  EXPECT_EQ(run->fairness.callers, full_traffic_run().fairness.callers);
  EXPECT_EQ(run->fairness.consumers->max, 420u);
  EXPECT_EQ(run->worker_troubles->retries_denied, 6u);
  EXPECT_EQ(run->caller_peaks->held, 5u);
  EXPECT_EQ(run->loop->cycles, 3'000u);
  EXPECT_EQ(run->host.steal, 0.003);
  EXPECT_EQ(run->foreign_messages, 3u);
  EXPECT_EQ(run->repetition, 2u);
  // The hash is of the scenario's text as that version wrote it, which had fewer keys.
  RunDocument today = full_traffic_run();
  today.scenario_hash = run->scenario_hash;
  EXPECT_EQ(to_json(run.value()), to_json(today));
}

TEST(ResultJson, HowConnectionsWereUsedIsReadBack) {
  RunDocument run = full_run();
  run.connections = ConnectionUse{.used = 100, .passed_over = 92, .answers = 4'000};

  const Result<RunDocument> read = run_document_from_json(to_json(run));

  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->connections, run.connections);
}

TEST(ResultJson, HowResultsCameThroughAFrontEndIsToldThereOnly) {
  const Json front = *parsed(to_json(site_run())).find("front");

  EXPECT_EQ(*front.find("completion")->if_text(), "poll");
  EXPECT_EQ(front.find("polls")->number(), 7'000.0);
  EXPECT_EQ(front.find("forged")->number(), 2.0);
  EXPECT_TRUE(parsed(to_json(full_run())).find("front")->is_null());
}

TEST(ResultJson, WhoDecidesWhenACallComesIsLabelled) {
  const Json json = parsed(to_json(full_traffic_run()));
  const Json& traffic = *json.find("traffic");

  EXPECT_EQ(*traffic.find("model")->if_text(), "closed");
  EXPECT_EQ(*traffic.find("pacing")->if_text(), "spin:50us");
  EXPECT_EQ(*traffic.find("stamps")->if_text(), "own");
  EXPECT_EQ(traffic.find("callers")->number(), 60.0);
}

TEST(ResultJson, WhatAnOlderVersionDidNotKnowIsNotObserved) {
  const Result<RunDocument> run = read_run_document(golden_path);

  ASSERT_TRUE(run) << run.error().what;
  EXPECT_TRUE(run->classes.empty());
  EXPECT_EQ(run->fairness.callers, std::nullopt);
  EXPECT_EQ(run->worker_troubles.has_value(), false);
  EXPECT_EQ(run->loop.has_value(), false);
  EXPECT_EQ(run->connections, std::nullopt);
  EXPECT_EQ(run->host.steal, std::nullopt);
}

TEST(ResultJson, ACutFileIsAnErrorWhereverItIsCut) {
  const std::string text = to_json(full_run());
  for (std::size_t length = 0; length + 2 < text.size(); length += 97) {
    const Result<RunDocument> run =
        run_document_from_json(std::string_view{text}.substr(0, length));

    ASSERT_FALSE(run) << length;
    EXPECT_EQ(run.error().kind, Error::Kind::io);
  }
}

TEST(ResultJson, AnErrorNamesTheKeyThatIsWrong) {
  const std::string text = to_json(full_run());
  const auto with = [&text](const std::string& from, const std::string& to) {
    std::string changed = text;
    const std::size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return changed.replace(at, from.size(), to);
  };
  const std::vector<std::pair<std::string, std::string>> cases{
      {with("queuemeter.result/1", "queuemeter.result/9"), "queuemeter.result/9"},
      {with("\"planned\": 6000", "\"planned\": \"many\""), "ledger.planned"},
      {with("\"planned\": 6000", "\"planned\": 1e400"), ""},
      {with("\"cpus\": 2", "\"cpus\": -2"), "machine.cpus"},
      {with("\"drain_s\": 1.5", "\"drain_s\": 1e300"), "backlog.drain_s"},
      {with("\"verdict\": \"suspect\"", "\"verdict\": \"great\""), "validity.verdict"},
      {with("\"complete\": true", "\"complete\": 1"), "run.complete"},
      {with("\"saturated\": true", "\"saturatedd\": true"), "saturated is missing"},
      {with("[run]", "[rum]"), "scenario"},
      {with("\"comparison\": \"<=\"", "\"comparison\": \"=<\""), "comparison"}};
  for (const auto& [changed, key] : cases) {
    const Result<RunDocument> run = run_document_from_json(changed);

    ASSERT_FALSE(run) << key;
    EXPECT_NE(run.error().what.find(key), std::string::npos) << run.error().what;
  }
}

TEST(ResultJson, AnUnknownKeyIsSkipped) {
  std::string text = to_json(full_run());
  text.insert(text.find("\"run\""), "\"from_the_future\": {\"a\": [1, {}]}, ");

  EXPECT_TRUE(run_document_from_json(text));
}

TEST(ResultJson, DamagedBytesNeverCrashTheReader) {
  const std::string text = to_json(full_run());
  std::mt19937 random{7};
  std::uniform_int_distribution<std::size_t> place{0, text.size() - 1};
  std::uniform_int_distribution<int> byte{0, 255};
  int refused = 0;
  for (int round = 0; round < 300; ++round) {
    std::string damaged = text;
    for (int i = 0; i < 5; ++i) {
      damaged[place(random)] = static_cast<char>(byte(random));
    }
    const Result<RunDocument> run = run_document_from_json(damaged);
    refused += run ? 0 : 1;
  }
  EXPECT_GT(refused, 150);
}

TEST(ResultJson, ARunFolderIsReadByItsName) {
  const ScratchFolder folder;
  write_text(folder / "result.json", to_json(full_run()));

  const Result<RunDocument> run = read_run_document(folder.path());

  ASSERT_TRUE(run) << run.error().what;
  EXPECT_EQ(run.value().id, full_run().id);
}

TEST(ResultJson, AMissingFileAndAFolderWithoutARunAreOneSentence) {
  const ScratchFolder folder;

  EXPECT_NE(read_run_document(folder / "absent.json").error().what.find("absent.json"),
            std::string::npos);
  EXPECT_NE(read_run_document(folder.path()).error().what.find("result.json"), std::string::npos);
}

}  // namespace
}  // namespace queuemeter
