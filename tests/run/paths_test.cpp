// SPDX-License-Identifier: Apache-2.0
// Every kind of path and traffic as a whole run: which spans exist is what the design's table of
// answer and completion says, and the account is whole.
#include "tests/run/short_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <ostream>
#include <string>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t preloaded = 3000;
constexpr int recorded_calls = 300;

/// One row of the table.
struct Row {
  std::string name;
  std::function<void(Scenario&, const RunsFolder&)> make;
  std::vector<Span> spans;  ///< that are observed, beside the lateness of offers
  bool has_lateness = true;
  bool has_drop_rate = true;
  /// What more the row claims.
  std::function<void(const RunDocument&)> claims = [](const RunDocument&) {};
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

bool observes(const RunDocument& run, Span span) {
  return run.latency[static_cast<std::size_t>(span)].has_value();
}

std::int64_t samples(const RunDocument& run, Span span) {
  const auto& summary = run.latency[static_cast<std::size_t>(span)];
  return summary.has_value() ? static_cast<std::int64_t>(summary->count) : 0;
}

void make_saturated(Scenario& scenario, const RunsFolder& /*folder*/) {
  scenario.traffic.model = TrafficModel::saturate;
  scenario.path.reply = ReplyKind::none;
  scenario.backend.kind = BackendSettings::Kind::none;
  scenario.workers.count = 1;
}

void make_half_open(Scenario& scenario, const RunsFolder& /*folder*/) {
  scenario.traffic.model = TrafficModel::half_open;
  scenario.traffic.rate = Rate::per_second(200);
  scenario.traffic.session = 4;
  scenario.traffic.think = Distribution::constant(10ms);
}

/// Two workers and a bound of four: at 2,000/s most offers find the queue full, and wait.
void make_blocking(Scenario& scenario, const RunsFolder& /*folder*/) {
  scenario.traffic.rate = Rate::per_second(2000);
  scenario.queue.bound = 4;
  scenario.queue.when_full = WhenFull::block;
  scenario.workers.count = 2;
  scenario.traffic.caller_limit = 50;
}

/// A recording of one call every 2 ms, from the beginning of the warm-up on.
void make_replayed(Scenario& scenario, const RunsFolder& folder) {
  const std::string path = folder.of("recorded.csv");
  std::ofstream file{path};
  file << "at\n";
  for (int call = 0; call < recorded_calls; ++call) {
    file << 0.002 * call << "\n";
  }
  scenario.traffic.arrivals = Arrivals::replay;
  scenario.traffic.replay_file = path;
}

const std::vector<Row>& rows() {
  using enum Span;
  static const std::vector<Row> all{
      {.name = "Direct",
       .make = [](Scenario& scenario, const RunsFolder&) { scenario.path.kind = PathKind::direct; },
       .spans = {completion, answer, handoff, service},
       .claims =
           [](const RunDocument& run) {
             EXPECT_EQ(samples(run, answer), samples(run, completion)) << "they are the same";
           }},
      {.name = "Queued",
       .make = [](Scenario&, const RunsFolder&) {},
       .spans = {completion, answer, admission, queueing, handoff, service, returning},
       .claims =
           [](const RunDocument& run) {
             EXPECT_EQ(samples(run, answer), samples(run, admission)) << "acceptance";
           }},
      {.name = "QueuedWithoutReply",
       .make = [](Scenario& scenario, const RunsFolder&) { scenario.path.reply = ReplyKind::none; },
       .spans = {completion, answer, admission, queueing, handoff, service}},
      {.name = "QueuedWithAReplyQueue",
       .make = [](Scenario& scenario,
                  const RunsFolder&) { scenario.path.reply = ReplyKind::queue; },
       .spans = {completion, answer, admission, queueing, handoff, service, returning}},
      {.name = "QueuedWithoutABackend",
       .make =
           [](Scenario& scenario, const RunsFolder&) {
             scenario.path.reply = ReplyKind::none;
             scenario.backend.kind = BackendSettings::Kind::none;
           },
       .spans = {completion, answer, admission, queueing}},
      {.name = "Saturated",
       .make = make_saturated,
       .spans = {completion, answer, admission, queueing},
       .claims =
           [](const RunDocument& run) {
             EXPECT_GT(run.ledger.of(Outcome::completed), 10'000) << "as fast as it can";
           }},
      {.name = "Offer",
       .make = [](Scenario& scenario, const RunsFolder&) { scenario.path.kind = PathKind::offer; },
       .spans = {answer, admission},
       .claims =
           [](const RunDocument& run) {
             EXPECT_EQ(samples(run, answer), run.ledger.of(Outcome::completed))
                 << "completed is accepted";
             EXPECT_FALSE(run.worker_troubles.has_value()) << "nobody takes";
           }},
      {.name = "Take",
       .make =
           [](Scenario& scenario, const RunsFolder&) {
             scenario.path.kind = PathKind::take;
             scenario.run.calls = preloaded;
           },
       .spans = {},
       .has_lateness = false,
       .has_drop_rate = false,
       .claims =
           [](const RunDocument& run) {
             EXPECT_EQ(run.ledger.planned, static_cast<std::int64_t>(preloaded));
             EXPECT_EQ(run.ledger.of(Outcome::completed), run.ledger.planned);
             EXPECT_GT(run.goodput_per_s, 0.0);
           }},
      {.name = "HalfOpen",
       .make = make_half_open,
       .spans = {completion, answer, admission, queueing, handoff, service, returning},
       .claims =
           [](const RunDocument& run) {
             EXPECT_EQ(samples(run, answer), run.ledger.of(Outcome::completed)) << "the reply";
           }},
      {.name = "Blocking",
       .make = make_blocking,
       .spans = {completion, answer, admission, queueing, handoff, service, returning},
       .claims =
           [](const RunDocument& run) {
             EXPECT_EQ(run.ledger.of(Reason::full), 0) << "full is waited for";
             EXPECT_EQ(run.ledger.of(Reason::caller_limit), run.ledger.of(Outcome::rejected));
             const auto& waited = run.latency[static_cast<std::size_t>(admission)];
             ASSERT_TRUE(waited.has_value());
             EXPECT_GT(waited->mean, 5ms) << "for 50 held offers at 2,000/s or less";
             EXPECT_GE(run.caller_peaks.value().held, 40U);
           }},
      {.name = "Replayed",
       .make = make_replayed,
       .spans = {completion, answer, admission, queueing, handoff, service, returning},
       .claims =
           [](const RunDocument& run) {
             EXPECT_EQ(run.ledger.planned, recorded_calls - 50) << "50 of them warmed up";
           }},
  };
  return all;
}

class EveryPath : public testing::TestWithParam<Row> {};

TEST_P(EveryPath, ObservesWhatTheDesignsTableSaysAndBalances) {
  const Row& row = GetParam();
  const RunsFolder folder;
  Scenario scenario = short_scenario(PathKind::queued);
  row.make(scenario, folder);

  const Result<RunDocument> done = run_scenario(scenario, "", folder.of("1"), plain_environment());

  ASSERT_TRUE(done) << done.error().what;
  const RunDocument& run = *done;
  EXPECT_TRUE(run.balanced);
  EXPECT_GT(run.ledger.of(Outcome::completed), 100);
  EXPECT_EQ(run.ledger.settled(), run.ledger.planned);
  EXPECT_EQ(run.ledger.of(Outcome::unsent), 0);
  EXPECT_EQ(run.ledger.of(Outcome::lost) + run.ledger.of(Outcome::unknown), 0);
  EXPECT_EQ(run.ledger.duplicated, 0);
  EXPECT_EQ(run.ledger.of(Outcome::completed) + run.ledger.of(Outcome::rejected) +
                run.ledger.of(Outcome::unfinished),
            run.ledger.planned);
  for (const Span span : all_spans) {
    const bool expected = span == Span::lateness
                              ? row.has_lateness
                              : std::ranges::find(row.spans, span) != row.spans.end();
    EXPECT_EQ(observes(run, span), expected) << to_string(span) << ": null, never 0";
  }
  EXPECT_EQ(run.drop_rate.has_value(), row.has_drop_rate);
  EXPECT_EQ(run.drop_rate_max.has_value(), row.has_drop_rate);
  row.claims(run);
}

INSTANTIATE_TEST_SUITE_P(Table, EveryPath, testing::ValuesIn(rows()),
                         [](const testing::TestParamInfo<Row>& row) { return row.param.name; });

}  // namespace
}  // namespace queuemeter
