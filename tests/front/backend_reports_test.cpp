// SPDX-License-Identifier: Apache-2.0
#include "harness/front/backend_reports.hpp"

#include "harness/front/report_writer.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <memory>
#include <unistd.h>
#include <vector>

namespace queuemeter {
namespace {

struct NotingSink final : CompletionSink {
  void completed(const Completion& completion) override { seen.push_back(completion); }
  std::vector<Completion> seen;
};

/// Both ends of a pipe in one process.
struct Pair {
  Pair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    reports = std::make_unique<BackendReports>(ends[0]);
    writer = std::make_unique<ReportWriter>(ends[1]);
    EXPECT_TRUE(reports->listen(loop).has_value());
    reports->open(sink);
  }
  void deliver() {
    while (loop.poll() > 0) {
    }
  }

  boost::asio::io_context loop;
  NotingSink sink;
  std::unique_ptr<BackendReports> reports;
  std::unique_ptr<ReportWriter> writer;
};

TEST(BackendReports, TellWhenTheBackendAnsweredWhichCallAndHow) {
  Pair pair;

  pair.writer->answered(4711, 100, 250, Reason::none);
  pair.writer->answered(4712, 300, 301, Reason::backend_error);
  pair.deliver();

  ASSERT_EQ(pair.sink.seen.size(), 2U);
  EXPECT_EQ(pair.sink.seen[0].sequence, 4711U);
  EXPECT_EQ(pair.sink.seen[0].outcome, Outcome::completed);
  EXPECT_EQ(pair.sink.seen[0].called_at, instant_from_nanoseconds(100));
  EXPECT_EQ(pair.sink.seen[0].replied_at, instant_from_nanoseconds(250));
  EXPECT_FALSE(is_observed(pair.sink.seen[0].returned_at));
  EXPECT_EQ(pair.sink.seen[1].outcome, Outcome::failed);
  EXPECT_EQ(pair.sink.seen[1].reason, Reason::backend_error);
  EXPECT_EQ(pair.reports->counts().received, 2U);
}

TEST(BackendReports, CountRequestsThatAreOfNoCall) {
  Pair pair;

  pair.writer->strange();
  pair.writer->strange();
  pair.deliver();

  EXPECT_TRUE(pair.sink.seen.empty());
  EXPECT_EQ(pair.reports->counts().strange, 2U);
}

/// A pipe has room for some 1,300 reports, and what waits for it is bounded as well.
TEST(BackendReports, OfAWriterThatNobodyReadsAreKeptAndThenCountedAsMissed) {
  Pair pair;
  constexpr std::uint64_t reports = ReportWriter::waiting_limit + 20'000;

  for (std::uint64_t sequence = 0; sequence < reports; ++sequence) {
    pair.writer->answered(sequence, 1, 2, Reason::none);
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (pair.reports->counts().received < ReportWriter::waiting_limit &&
         std::chrono::steady_clock::now() < until) {
    pair.deliver();
  }
  pair.writer->answered(reports, 1, 2, Reason::none);
  pair.deliver();

  const CompletionCounts counts = pair.reports->counts();
  EXPECT_GT(counts.missed, 0U);
  EXPECT_EQ(counts.received + counts.missed, reports + 1);
  EXPECT_EQ(pair.sink.seen.size(), counts.received);
  EXPECT_EQ(pair.sink.seen.back().sequence, reports);
}

TEST(BackendReports, EndWithTheBackend) {
  Pair pair;

  pair.writer->answered(1, 1, 2, Reason::none);
  pair.writer.reset();
  pair.deliver();

  EXPECT_EQ(pair.sink.seen.size(), 1U);
}

}  // namespace
}  // namespace queuemeter
