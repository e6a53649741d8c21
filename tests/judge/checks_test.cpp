// SPDX-License-Identifier: Apache-2.0
// Every check has a run that fires it and one, as close by as can be, that does not.
#include "harness/judge/checks.hpp"

#include "tests/record/sample_runs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <ostream>
#include <set>

namespace queuemeter {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using Verdict = Check::Verdict;
using Change = std::function<void(RunDocument&)>;

struct Case {
  std::string name;
  checks::CheckFunction check;
  Verdict expected;
  Change change;
};

void PrintTo(const Case& example, std::ostream* out) { *out << example.name; }

SpanSummary& span(RunDocument& run, Span which) {
  return run.latency[static_cast<std::size_t>(which)].value();
}

Change late_by(Duration lateness) {
  return [lateness](RunDocument& run) { span(run, Span::lateness).p99 = lateness; };
}

Change generator(double cpu, double delay, Duration lateness) {
  return [=](RunDocument& run) {
    run.roles.front().busiest_thread_cpu = cpu;
    run.roles.front().busiest_thread_delay = delay;
    span(run, Span::lateness).p99 = lateness;
  };
}

Change offered(std::uint64_t calls) {
  return [calls](RunDocument& run) { run.arrivals.offered_in_window = calls; };
}

Change stretched_gaps(double power) {
  return [power](RunDocument& run) {
    for (double& gap : run.arrivals.planned_gaps) {
      gap = std::pow(gap, power);
    }
  };
}

Change constant_gaps(double deviation) {
  return [deviation](RunDocument& run) {
    run.scenario.traffic.arrivals = Arrivals::constant;
    run.arrivals.planned_gaps.assign(1'000, 1.0);
    run.arrivals.planned_gaps[500] += deviation;
  };
}

/// The medians of the seconds rise by `share` of the first from one to the next.
Change rising(double share) {
  return [share](RunDocument& run) {
    double factor = 1.0;
    for (SecondBin& second : run.seconds) {
      second.completion_p50 = from_seconds(0.021 * factor);
      factor += share;
    }
  };
}

Change in_model(TrafficModel model, Change change) {
  return [model, change](RunDocument& run) {
    run.scenario.traffic.model = model;
    change(run);
  };
}

/// On callers of a closed loop with two classes, instead of the base.
Change with_callers(Change change) {
  return [change](RunDocument& run) {
    run = sample_runs::callers_at_ease();
    change(run);
  };
}

/// The base of every case is a healthy queued run at 300/s: 3,000 calls, result p99 38 ms.
const std::vector<Case>& cases() {
  using namespace checks;
  static const std::vector<Case> table{
      {"LatenessAbove1msAndAFifth", lateness, Verdict::fail, late_by(milliseconds{8})},
      {"LatenessAbove1msAndATenth", lateness, Verdict::warn, late_by(milliseconds{5})},
      {"LatenessAbove1msButSmallBeside", lateness, Verdict::pass, late_by(milliseconds{2})},
      {"LatenessLargeBesideButBelow1ms", lateness, Verdict::pass,
       [](RunDocument& run) {
         span(run, Span::lateness).p99 = microseconds{900};
         span(run, Span::completion).p99 = milliseconds{1};
       }},
      {"LatenessWithoutP99TakesTheWorst", lateness, Verdict::fail,
       [](RunDocument& run) {
         span(run, Span::lateness).p99.reset();
         span(run, Span::lateness).max = milliseconds{20};
       }},
      {"LatenessWithNothingToCompareWith", lateness, Verdict::warn,
       [](RunDocument& run) {
         span(run, Span::lateness).p99 = milliseconds{20};
         run.latency[static_cast<std::size_t>(Span::completion)].reset();
         run.latency[static_cast<std::size_t>(Span::answer)].reset();
       }},
      {"LatenessIsComparedWithALowerPercentileOfFewCompletions", lateness, Verdict::fail,
       [](RunDocument& run) {
         span(run, Span::lateness).p99 = milliseconds{7};  // p95 of the completion is 29.5 ms
         span(run, Span::completion).p99.reset();
       }},
      {"LatenessOfNoCall", lateness, Verdict::not_applicable,
       [](RunDocument& run) { run.latency[static_cast<std::size_t>(Span::lateness)].reset(); }},

      {"DeliveredTooFew", delivered_rate, Verdict::fail, offered(2'960)},
      {"DeliveredTooMany", delivered_rate, Verdict::fail, offered(3'040)},
      {"DeliveredNearly", delivered_rate, Verdict::pass, offered(2'975)},
      {"DeliveredOfFewCallsForgivesTheEdge", delivered_rate, Verdict::pass,
       [](RunDocument& run) {
         run.arrivals.planned_in_window = 20;
         run.arrivals.offered_in_window = 19;
       }},
      {"DeliveredNothingPlanned", delivered_rate, Verdict::not_applicable,
       [](RunDocument& run) { run.arrivals.planned_in_window = 0; }},

      {"UnsentOne", unsent, Verdict::fail,
       [](RunDocument& run) {
         run.ledger.outcomes[static_cast<std::size_t>(Outcome::unsent)] = 1;
       }},
      {"DeliveredByCallersWhoPromiseNoRate", delivered_rate, Verdict::not_applicable,
       in_model(TrafficModel::closed, offered(2'000))},
      {"DeliveredBySaturation", delivered_rate, Verdict::not_applicable,
       in_model(TrafficModel::saturate, offered(2'000))},
      {"DeliveredTooFewInSessions", delivered_rate, Verdict::fail,
       in_model(TrafficModel::half_open, offered(2'000))},
      {"LatenessOfASaturatingProducer", lateness, Verdict::not_applicable,
       in_model(TrafficModel::saturate, late_by(milliseconds{8}))},
      {"LatenessOfCallers", lateness, Verdict::fail,
       in_model(TrafficModel::closed, late_by(milliseconds{8}))},
      {"UnsentByACaller", unsent, Verdict::warn,
       in_model(TrafficModel::closed,
                [](RunDocument& run) {
                  run.ledger.outcomes[static_cast<std::size_t>(Outcome::unsent)] = 1;
                })},
      {"UnsentNone", unsent, Verdict::pass, [](RunDocument&) {}},

      {"GeneratorStarvedAndLate", generator_cpu, Verdict::fail,
       generator(0.3, 0.2, milliseconds{5})},
      {"GeneratorWithoutIdleTime", generator_cpu, Verdict::fail,
       generator(0.97, 0.0, microseconds{50})},
      {"GeneratorNearItsLimit", generator_cpu, Verdict::warn,
       generator(0.85, 0.0, microseconds{50})},
      {"GeneratorDisturbedVisibly", generator_cpu, Verdict::warn,
       generator(0.3, 0.02, milliseconds{5})},
      {"GeneratorWaitsButIsOnTime", generator_cpu, Verdict::pass,
       generator(0.3, 0.2, microseconds{200})},
      {"GeneratorLateButSmallBesideTheResult", generator_cpu, Verdict::pass,
       generator(0.3, 0.2, microseconds{1'500})},
      {"GeneratorThatSpinsByPlan", generator_cpu, Verdict::pass,
       [](RunDocument& run) {
         run.scenario.run.pacing.kind = Pacing::Kind::spin;
         generator(1.0, 0.0, microseconds{50})(run);
       }},
      {"GeneratorThatSpinsAndWasHeldUp", generator_cpu, Verdict::fail,
       [](RunDocument& run) {
         run.scenario.run.pacing.kind = Pacing::Kind::spin;
         generator(1.0, 0.2, milliseconds{5})(run);
       }},
      {"GeneratorThatSaturates", generator_cpu, Verdict::not_applicable,
       in_model(TrafficModel::saturate, generator(1.0, 0.0, microseconds{50}))},
      {"GeneratorUnseen", generator_cpu, Verdict::not_applicable,
       [](RunDocument& run) { run.roles.clear(); }},

      {"PoissonPlanThatIsNot", arrival_distribution, Verdict::fail, stretched_gaps(0.8)},
      {"PoissonPlanThatIsDoubtful", arrival_distribution, Verdict::warn, stretched_gaps(0.84)},
      {"PoissonPlan", arrival_distribution, Verdict::pass, stretched_gaps(1.0)},
      {"PoissonPlanOfferedLate", arrival_distribution, Verdict::pass,
       [](RunDocument& run) { run.arrivals.offered_gaps.assign(2'000, 1.0); }},
      {"ConstantPlanThatIsNot", arrival_distribution, Verdict::fail, constant_gaps(0.01)},
      {"ConstantPlan", arrival_distribution, Verdict::pass, constant_gaps(1e-6)},
      {"ConstantPlanAcrossStages", arrival_distribution, Verdict::pass,
       [](RunDocument& run) {
         constant_gaps(0.4)(run);
         run.scenario.traffic.stages.resize(2);
       }},
      {"ArrivalsThatAreReplayed", arrival_distribution, Verdict::not_applicable,
       [](RunDocument& run) {
         stretched_gaps(0.5)(run);
         run.scenario.traffic.arrivals = Arrivals::replay;
       }},
      {"ArrivalsInABurst", arrival_distribution, Verdict::not_applicable,
       [](RunDocument& run) {
         stretched_gaps(0.5)(run);
         run.scenario.traffic.stages = {{.kind = Stage::Kind::burst, .calls = 500}};
       }},
      {"ArrivalsOfCallers", arrival_distribution, Verdict::not_applicable,
       in_model(TrafficModel::closed, stretched_gaps(0.5))},
      {"ArrivalsOfFewCalls", arrival_distribution, Verdict::not_applicable,
       [](RunDocument& run) { run.arrivals.planned_gaps.resize(99); }},

      {"MediansThatRise", stationarity, Verdict::warn, rising(0.05)},
      {"MediansThatRiseUnnoticeably", stationarity, Verdict::pass, rising(0.005)},
      {"MediansThatStay", stationarity, Verdict::pass, [](RunDocument&) {}},
      {"MediansThatRiseByPlan", stationarity, Verdict::not_applicable,
       [](RunDocument& run) {
         rising(0.05)(run);
         run.scenario.traffic.stages.resize(2);
       }},
      {"MediansThatRiseBySaturation", stationarity, Verdict::not_applicable,
       [](RunDocument& run) {
         rising(0.05)(run);
         run.backlog->growth_per_s = 30.0;
         run.backlog->growth_per_s_error = 1.0;
       }},
      {"MediansWhileCallersStart", stationarity, Verdict::not_applicable,
       in_model(TrafficModel::closed,
                [](RunDocument& run) {
                  rising(0.05)(run);
                  run.scenario.traffic.ramp = std::chrono::seconds{5};
                })},
      {"MediansOfCallersThatRise", stationarity, Verdict::warn,
       in_model(TrafficModel::closed, rising(0.05))},
      {"MediansOfSaturation", stationarity, Verdict::not_applicable,
       in_model(TrafficModel::saturate, rising(0.05))},
      {"MediansOfAShortRun", stationarity, Verdict::not_applicable,
       [](RunDocument& run) { run.seconds.resize(7); }},

      {"LittleWithLostRecords", little, Verdict::fail,
       [](RunDocument& run) { run.flow.completed_in_window *= 0.95; }},
      {"LittleWithAWrongUnit", little, Verdict::fail,
       [](RunDocument& run) { run.flow.mean_time_in_system_s *= 1e3; }},
      {"LittleWithinOnePercent", little, Verdict::pass,
       [](RunDocument& run) { run.flow.mean_time_in_system_s *= 1.008; }},
      {"LittleForgivesTheEdges", little, Verdict::pass,
       [](RunDocument& run) {
         run.flow.mean_time_in_system_s *= 1.1;
         run.flow.edge_s = 0.1 * run.flow.in_system_time_average * run.measure_seconds;
       }},
      {"LittleOfFewCalls", little, Verdict::not_applicable,
       [](RunDocument& run) { run.flow.completed_in_window = 99.0; }},

      {"LawOfCallersWhoAreStuck", response_time_law, Verdict::fail,
       with_callers([](RunDocument& run) { run.loop->cycles = 2'800; })},
      {"LawWithAThinkTimeThatWasNotKept", response_time_law, Verdict::fail,
       with_callers([](RunDocument& run) { run.loop->mean_think_s = 0.160; })},
      {"LawThatHolds", response_time_law, Verdict::pass, with_callers([](RunDocument&) {})},
      {"LawForgivesTheEdges", response_time_law, Verdict::pass, with_callers([](RunDocument& run) {
         run.loop->cycles = 2'800;
         run.loop->edge_s = 40.0;
       })},
      {"LawWithoutSummedEdgesForgivesACyclePerCaller", response_time_law, Verdict::pass,
       with_callers([](RunDocument& run) {
         run.loop->cycles = 2'940;
         run.loop->edge_s.reset();
       })},
      {"LawWhileCallersStart", response_time_law, Verdict::not_applicable,
       with_callers([](RunDocument& run) {
         run.loop->cycles = 2'000;
         run.scenario.traffic.ramp = std::chrono::seconds{5};
       })},
      {"LawOfCallersWhoStopAfterSoManyCalls", response_time_law, Verdict::not_applicable,
       with_callers([](RunDocument& run) {
         run.loop->cycles = 2'000;
         run.scenario.run.calls = 2'000;
       })},
      {"LawOfFewCycles", response_time_law, Verdict::not_applicable,
       with_callers([](RunDocument& run) { run.loop->cycles = 99; })},
      {"LawWithoutCallers", response_time_law, Verdict::not_applicable, [](RunDocument&) {}},

      {"ClassesThatMissACall", classes_add_up, Verdict::fail,
       with_callers([](RunDocument& run) { --run.classes[0].ledger.planned; })},
      {"ClassesThatMissAnOutcome", classes_add_up, Verdict::fail,
       with_callers([](RunDocument& run) {
         --run.classes[1].ledger.outcomes[static_cast<std::size_t>(Outcome::completed)];
         ++run.classes[1].ledger.outcomes[static_cast<std::size_t>(Outcome::failed)];
       })},
      {"ClassesThatCountACallSettledTwice", classes_add_up, Verdict::pass,
       with_callers([](RunDocument& run) {
         run.ledger.duplicated = 1;
         ++run.classes[1].ledger.outcomes[static_cast<std::size_t>(Outcome::failed)];
       })},
      {"ClassesThatAddUp", classes_add_up, Verdict::pass, with_callers([](RunDocument&) {})},
      {"ClassesOfWhichThereIsOne", classes_add_up, Verdict::not_applicable, [](RunDocument&) {}},

      {"HostThatStealsTime", host_steal, Verdict::warn,
       [](RunDocument& run) { run.host.steal = 0.03; }},
      {"HostThatStealsLittle", host_steal, Verdict::pass,
       [](RunDocument& run) { run.host.steal = 0.01; }},
      {"HostThatDoesNotTell", host_steal, Verdict::not_applicable, [](RunDocument&) {}},
      {"HostShortOfMemory", host_pressure, Verdict::warn,
       [](RunDocument& run) { run.host.memory_stalled = 0.02; }},
      {"HostWhoseCpusAreInDemand", host_pressure, Verdict::pass,
       [](RunDocument& run) {
         run.host.memory_stalled = 0.0;
         run.host.cpu_stalled = 0.9;
         run.host.io_stalled = 0.5;
       }},
      {"HostThatTellsNoPressure", host_pressure, Verdict::not_applicable, [](RunDocument&) {}},

      {"LedgerOneCallShort", ledger_balance, Verdict::fail,
       [](RunDocument& run) {
         --run.ledger.outcomes[static_cast<std::size_t>(Outcome::completed)];
       }},
      {"LedgerOneCallTwice", ledger_balance, Verdict::fail,
       [](RunDocument& run) { ++run.ledger.outcomes[static_cast<std::size_t>(Outcome::failed)]; }},
      {"LedgerWithANegativeCount", ledger_balance, Verdict::fail,
       [](RunDocument& run) {
         ++run.ledger.outcomes[static_cast<std::size_t>(Outcome::rejected)];
         --run.ledger.outcomes[static_cast<std::size_t>(Outcome::unknown)];
       }},
      {"LedgerWithOfferedUnaccounted", ledger_balance, Verdict::fail,
       [](RunDocument& run) { --run.ledger.offered; }},
      {"LedgerWithMoreLateThanDone", ledger_balance, Verdict::fail,
       [](RunDocument& run) { run.ledger.late = 3'001; }},
      {"LedgerWithACompletionUnrecorded", ledger_balance, Verdict::fail,
       [](RunDocument& run) { --span(run, Span::completion).count; }},
      {"LedgerOfAnUnbalancedTick", ledger_balance, Verdict::fail,
       [](RunDocument& run) { run.balanced = false; }},
      {"LedgerWithACompletionOverRange", ledger_balance, Verdict::pass,
       [](RunDocument& run) {
         --span(run, Span::completion).count;
         ++span(run, Span::completion).over_range;
       }},
      {"LedgerInBalance", ledger_balance, Verdict::pass, [](RunDocument&) {}},

      {"ClockOneNegativeSpan", clock_sanity, Verdict::fail,
       [](RunDocument& run) { run.clock.negative_spans = 1; }},
      {"ClockOneSpanOverAnHour", clock_sanity, Verdict::warn,
       [](RunDocument& run) { run.clock.over_range = 1; }},
      {"ClockSane", clock_sanity, Verdict::pass, [](RunDocument&) {}},

      {"SampleOfNothing", sample_size, Verdict::fail,
       [](RunDocument& run) { run.ledger = LedgerCounts{}; }},
      {"SampleTooSmallForAP99", sample_size, Verdict::warn,
       [](RunDocument& run) { run.ledger.planned = 999; }},
      {"SampleJustLargeEnough", sample_size, Verdict::pass,
       [](RunDocument& run) { run.ledger.planned = 1'000; }},
      {"SampleThinnedByDropsIsAResult", sample_size, Verdict::pass,
       [](RunDocument& run) {
         run.ledger.outcomes[static_cast<std::size_t>(Outcome::completed)] = 12;
       }},

      {"CompleteInterrupted", complete, Verdict::warn,
       [](RunDocument& run) {
         run.complete = false;
         run.interrupted = true;
       }},
      {"CompleteStoppedByARule", complete, Verdict::warn,
       [](RunDocument& run) { run.complete = false; }},
      {"Complete", complete, Verdict::pass, [](RunDocument&) {}},

      {"BuildForDevelopmentIsOnlyLabelled", build, Verdict::pass,
       [](RunDocument& run) { run.build.preset = "dev"; }},
      {"BuildForMeasuring", build, Verdict::pass, [](RunDocument&) {}},
  };
  return table;
}

class Checks : public testing::TestWithParam<Case> {};

TEST_P(Checks, FiresExactlyWhenItMust) {
  RunDocument run = sample_runs::queued_at_ease();
  GetParam().change(run);

  const Check check = GetParam().check(run);

  EXPECT_EQ(check.verdict, GetParam().expected)
      << check.id << " " << check.value << " (limit " << check.limit << "): " << check.note;
  EXPECT_NE(check.id, "");
  EXPECT_NE(check.name, "");
  EXPECT_TRUE(std::isfinite(check.value));
  EXPECT_TRUE(std::isfinite(check.limit));
  if (check.verdict != Verdict::pass) {
    EXPECT_NE(check.note, "");
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Checks, testing::ValuesIn(cases()),
                         [](const auto& one) { return one.param.name; });

TEST(CheckTable, EveryCheckHasACaseThatFiresItAndOneThatDoesNot) {
  const RunDocument healthy = sample_runs::queued_at_ease();
  std::set<std::string> ids;
  for (const checks::CheckFunction check : checks::all()) {
    const std::string id = check(healthy).id;
    EXPECT_TRUE(ids.insert(id).second) << id << " is there twice";
    const auto has = [check](bool fires) {
      return std::any_of(cases().begin(), cases().end(), [check, fires](const Case& one) {
        return one.check == check &&
               fires == (one.expected == Verdict::fail || one.expected == Verdict::warn);
      });
    };
    // The build only labels: it must not make a run suspect.
    EXPECT_EQ(has(true), id != "build") << id;
    EXPECT_TRUE(has(false)) << id;
  }
  EXPECT_EQ(ids.size(), 16u);
}

TEST(CheckTable, TheLabelOfADevelopmentBuildNamesIt) {
  RunDocument run = sample_runs::queued_at_ease();
  run.build.preset = "asan";

  const Check check = checks::build(run);

  EXPECT_EQ(check.value, 0.0);
  EXPECT_NE(check.note.find("asan"), std::string::npos);
}

TEST(CheckTable, HealthyAndOverloadedRunsAreValidAlike) {
  for (const RunDocument& run : {sample_runs::direct_at_ease(), sample_runs::queued_at_ease(),
                                 sample_runs::callers_at_ease(), sample_runs::direct_overloaded(),
                                 sample_runs::queued_overloaded()}) {
    const Validity validity = checks::assess(run);

    EXPECT_EQ(validity.verdict, Validity::Verdict::valid);
    EXPECT_EQ(validity.checks.size(), checks::all().size());
    for (const Check& check : validity.checks) {
      EXPECT_NE(check.verdict, Verdict::fail) << check.id << ": " << check.note;
      EXPECT_NE(check.verdict, Verdict::warn) << check.id << ": " << check.note;
    }
  }
}

TEST(CheckTable, OneWarningMakesSuspectAndOneFailureInvalid) {
  RunDocument run = sample_runs::queued_at_ease();
  rising(0.05)(run);
  EXPECT_EQ(checks::assess(run).verdict, Validity::Verdict::suspect);

  run.clock.negative_spans = 1;
  EXPECT_EQ(checks::assess(run).verdict, Validity::Verdict::invalid);
}

}  // namespace
}  // namespace queuemeter
