// SPDX-License-Identifier: Apache-2.0
// The reference implementation opens our log and must find the percentiles that we find.
#include "harness/measure/histogram_log.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace queuemeter {
namespace {

struct Row {
  Duration value{0};
  double quantile = 0.0;
  std::uint64_t total = 0;
};

/// The rows `"Value","Percentile","TotalCount",…` of a distribution file.
std::vector<Row> read_rows(const std::string& path) {
  std::vector<Row> rows;
  std::ifstream file{path};
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields{line};
    std::array<std::string, 3> text;
    if (line.empty() || line.front() == '#' || line.front() == '"') {
      continue;
    }
    for (std::string& field : text) {
      std::getline(fields, field, ',');
    }
    rows.push_back(
        {Duration{std::llround(std::stod(text[0]))}, std::stod(text[1]), std::stoull(text[2])});
  }
  return rows;
}

class JavaOracle : public testing::TestWithParam<std::string> {
 public:
  ~JavaOracle() override { std::filesystem::remove_all(folder_); }

 protected:
  JavaOracle()
      : folder_{testing::TempDir() + "queuemeter_java_oracle_" + std::to_string(::getpid())} {
    std::filesystem::create_directories(folder_);
  }

  [[nodiscard]] int process(const std::string& log, const std::string& out) const {
    const std::string tag = GetParam().empty() ? "" : " -tag " + GetParam();
    const std::string command = std::string{QUEUEMETER_JAVA} + " -Xmx256m -cp " +
                                QUEUEMETER_HDRHISTOGRAM_JAR +
                                " org.HdrHistogram.HistogramLogProcessor -csv"
                                " -outputValueUnitRatio 1 -i " +
                                log + " -o " + out + tag;
    return std::system(command.c_str());
  }

  std::string folder_;
};

TEST_P(JavaOracle, FindsTheSamePercentilesInOurLog) {
  std::mt19937_64 engine{2026};
  std::lognormal_distribution<double> draw{14.0, 2.0};
  const std::string log = folder_ + "/run.hlog";
  Histogram untagged;
  Histogram tagged;
  auto writer = HistogramLogWriter::open(log, 1'700'000'000.0).value();
  for (int second = 0; second < 5; ++second) {
    Histogram interval;
    Histogram other;
    for (int n = 0; n < 20'000; ++n) {
      interval.record(Duration{std::llround(std::min(draw(engine), 3.6e12))});
      other.record(Duration{static_cast<std::int64_t>(engine() % 5'000)});
    }
    untagged.add(interval);
    tagged.add(other);
    ASSERT_TRUE(writer.write("", second, 1.0, interval));
    ASSERT_TRUE(writer.write("queueing", second, 1.0, other));
  }
  const Histogram& ours = GetParam().empty() ? untagged : tagged;

  ASSERT_EQ(process(log, folder_ + "/out"), 0);

  const std::vector<Row> rows = read_rows(folder_ + "/out.hgrm");
  ASSERT_GT(rows.size(), 50U);
  for (const Row& row : rows) {
    EXPECT_EQ(row.value, ours.value_at(row.quantile)) << row.quantile;
  }
  EXPECT_EQ(rows.back().value, ours.max());
  EXPECT_EQ(rows.back().total, ours.count());
}

// Older formats: what we read from a log is what the reference reads from it.
TEST_P(JavaOracle, FindsThePercentilesThatWeFindInOlderLogs) {
  // Formats before 1.3 have no tags.
  const std::vector<std::string> files =
      GetParam().empty()
          ? std::vector<std::string>{"v0.hlog", "v1.hlog", "v1_format_1_2.hlog", "v2.hlog"}
          : std::vector<std::string>{"v2.hlog"};
  for (const std::string& file : files) {
    const std::string log = std::string{QUEUEMETER_TESTS_FOLDER} + "/measure/golden/" + file;
    Histogram ours;
    for (const HistogramLogEntry& entry : read_histogram_log(log).value()) {
      if (entry.tag == GetParam()) {
        ours.add(entry.histogram);
      }
    }

    ASSERT_EQ(process(log, folder_ + "/old"), 0) << file;

    const std::vector<Row> rows = read_rows(folder_ + "/old.hgrm");
    ASSERT_GT(rows.size(), 50U) << file;
    for (const Row& row : rows) {
      EXPECT_EQ(row.value, ours.value_at(row.quantile)) << file << ' ' << row.quantile;
    }
    EXPECT_EQ(rows.back().total, ours.count()) << file;
  }
}

INSTANTIATE_TEST_SUITE_P(Series, JavaOracle,
                         testing::Values(std::string{}, std::string{"queueing"}),
                         [](const auto& instance) {
                           return instance.param.empty() ? std::string{"Untagged"}
                                                         : std::string{"Tagged"};
                         });

}  // namespace
}  // namespace queuemeter
