// SPDX-License-Identifier: Apache-2.0
#include "harness/call/empirical_table.hpp"

#include "harness/call/distribution.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

/// A file of its own for each test.
class EmpiricalTableFile : public testing::Test {
 public:
  ~EmpiricalTableFile() override { std::filesystem::remove(path_); }

 protected:
  EmpiricalTableFile()
      : path_{testing::TempDir() + "queuemeter_" +
              testing::UnitTest::GetInstance()->current_test_info()->name() + ".csv"} {}
  void write(const std::string& text) const {
    std::ofstream{path_, std::ios::binary | std::ios::trunc} << text;
  }
  [[nodiscard]] Distribution distribution() const {
    return Distribution::parse("empirical(" + path_ + ")").value();
  }
  [[nodiscard]] std::string error() const {
    const auto parsed = Distribution::parse("empirical(" + path_ + ")");
    return parsed.has_error() ? parsed.error().what : "no error";
  }

  std::string path_;
};

TEST_F(EmpiricalTableFile, ValuesAreEachAsLikelyAsTheOthers) {
  write("# measured on a Monday\nduration\n30ms\n10ms\r\n\n  20ms\n20ms");
  const Distribution measured = distribution();
  const KeyedDraws keyed{3, DrawUse::service};
  std::array<int, 3> seen{};
  for (std::uint64_t i = 0; i < 40'000; ++i) {
    const Duration value = measured.sample(keyed.uniform(i));
    ++seen.at(static_cast<std::size_t>(value / 10ms) - 1);
  }

  // Pearson's chi-squared; 13.8 with two degrees of freedom is exceeded once in a thousand times.
  const std::array<double, 3> expected{10'000, 20'000, 10'000};
  double chi_squared = 0.0;
  for (std::size_t value = 0; value < 3; ++value) {
    chi_squared += std::pow(seen.at(value) - expected.at(value), 2) / expected.at(value);
  }
  EXPECT_LT(chi_squared, 13.8);
  EXPECT_EQ(measured.kind(), Distribution::Kind::empirical);
  EXPECT_EQ(measured.mean(), 20ms);
  EXPECT_NEAR(measured.variation(), std::sqrt(50.0) / 20.0, 1e-12);
  EXPECT_EQ(measured.sample({1e-16, 0.5}), 10ms);
  EXPECT_EQ(measured.sample({1.0 - 0x1.0p-53, 0.5}), 30ms);
}

TEST_F(EmpiricalTableFile, PercentilesAreJoinedByStraightLinesAndHeldAtTheEnds) {
  write("percentile,time\n10,5ms\np50, 15ms\n99.9%, 1s\n");
  const Distribution measured = distribution();

  EXPECT_EQ(measured.sample({0.01, 0.5}), 5ms);
  EXPECT_EQ(measured.sample({0.1, 0.5}), 5ms);
  EXPECT_EQ(measured.sample({0.3, 0.5}), 10ms);
  EXPECT_EQ(measured.sample({0.5, 0.5}), 15ms);
  EXPECT_EQ(measured.sample({0.7495, 0.5}), 507'500us);
  EXPECT_EQ(measured.sample({0.9999, 0.5}), 1s);
  // 0.1·5 + 0.4·10 + 0.499·507.5 + 0.001·1000 ms
  EXPECT_NEAR(static_cast<double>(measured.mean().count()), 258.7425e6, 1.0);
  const KeyedDraws keyed{4, DrawUse::service};
  double sum = 0.0;
  double squares = 0.0;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    const double value = to_seconds(measured.sample(keyed.uniform(i)));
    sum += value;
    squares += value * value;
  }
  const double mean = sum / 1e5;
  EXPECT_NEAR(mean, 0.2587425, 0.004);
  EXPECT_NEAR(std::sqrt(squares / 1e5 - mean * mean) / mean, measured.variation(), 0.02);
}

TEST_F(EmpiricalTableFile, IsWrittenAsTheNameOfItsFile) {
  write("1ms\n");
  const Distribution measured = distribution();

  EXPECT_EQ(measured.to_text(), "empirical(" + path_ + ")");
  EXPECT_EQ(Distribution::parse(measured.to_text()).value().mean(), 1ms);
  write("9ms\n");
  EXPECT_EQ(measured.sample({0.5, 0.5}), 1ms) << "it is read once";
}

TEST_F(EmpiricalTableFile, EveryMistakeIsNamedWithFileAndLine) {
  struct Mistake {
    const char* text;
    const char* line;
    const char* reason;
  };
  for (const Mistake& mistake :
       {Mistake{"1ms\n20\n", ":2: ", "\"20\""},
        Mistake{"heading\nanother\n", ":2: ", "\"another\""},
        Mistake{"1ms\n-2ms\n", ":2: ", "negative"}, Mistake{"25h\n", ":1: ", "longer than 24h"},
        Mistake{"1ms\n50,2ms\n", ":2: ", "have none"},
        Mistake{"50,2ms\n3ms\n", ":2: ", "no percentile"},
        Mistake{"50,2ms\n50,3ms\n", ":2: ", "does not come after"},
        Mistake{"50,2ms\n60,1ms\n", ":2: ", "lower percentile"},
        Mistake{"101,2ms\n", ":1: ", "from 0 to 100"}, Mistake{"50,2ms\n", ": ", "two of them"},
        Mistake{"# nothing\n", ": ", "no value"}, Mistake{"", ": ", "no value"}}) {
    write(mistake.text);
    EXPECT_THAT(error(), AllOf(HasSubstr(path_ + mistake.line), HasSubstr(mistake.reason)))
        << mistake.text;
  }
}

TEST_F(EmpiricalTableFile, AFileThatIsTooLargeOrNoFileIsRefused) {
  write("1ms\n" + std::string(100'000, '1') + "\n");
  EXPECT_THAT(error(), AllOf(HasSubstr(":2: "), HasSubstr("longer than 255 bytes")));

  std::string many;
  for (std::size_t line = 0; line <= EmpiricalTable::most_lines; ++line) {
    many += "1s\n";
  }
  write(many);
  EXPECT_THAT(error(), AllOf(HasSubstr(":1000001: "), HasSubstr("more than 1,000,000 values")));

  EXPECT_THAT(Distribution::parse("empirical(" + testing::TempDir() + ")").error().what,
              HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace queuemeter
