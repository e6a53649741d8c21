// SPDX-License-Identifier: Apache-2.0
#include "harness/call/quantity.hpp"

#include "harness/call/draw.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <clocale>
#include <limits>
#include <locale>
#include <string>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(ParseDuration, ReadsEveryUnit) {
  EXPECT_EQ(parse_duration("7ns").value(), 7ns);
  EXPECT_EQ(parse_duration("250us").value(), 250us);
  EXPECT_EQ(parse_duration("250\u00b5s").value(), 250us);  // micro sign
  EXPECT_EQ(parse_duration("250\u03bcs").value(), 250us);  // Greek mu
  EXPECT_EQ(parse_duration("1.5ms").value(), 1500us);
  EXPECT_EQ(parse_duration("2s").value(), 2s);
  EXPECT_EQ(parse_duration("5m").value(), 5min);
  EXPECT_EQ(parse_duration("5min").value(), 5min);
  EXPECT_EQ(parse_duration("1h").value(), 1h);
  EXPECT_EQ(parse_duration(" 20 ms ").value(), 20ms);
  EXPECT_EQ(parse_duration("0").value(), 0s);
  EXPECT_EQ(parse_duration("0s").value(), 0s);
  EXPECT_EQ(parse_duration(".5s").value(), 500ms);
  EXPECT_EQ(parse_duration("1.s").value(), 1s);
}

TEST(ParseDuration, RoundsToTheNearestNanosecond) {
  EXPECT_EQ(parse_duration("0.4ns").value(), 0ns);
  EXPECT_EQ(parse_duration("0.6ns").value(), 1ns);
  EXPECT_EQ(parse_duration("0.1us").value(), 100ns);
  EXPECT_EQ(parse_duration("1.0000000006s").value(), 1'000'000'001ns);
}

TEST(ParseDuration, IsExactUpToTheLargestSpan) {
  EXPECT_EQ(parse_duration("9223372036854775807ns").value(), Duration::max());
  EXPECT_EQ(parse_duration("9007199254740993ns").value(), Duration{9007199254740993});  // 2^53 + 1
  EXPECT_THAT(parse_duration("9223372036854775808ns").error().what, HasSubstr("292 years"));
  EXPECT_THAT(parse_duration("2562048h").error().what, HasSubstr("292 years"));
  EXPECT_THAT(parse_duration("99999999999999999999999s").error().what, HasSubstr("292 years"));
  EXPECT_THAT(parse_duration("9999999999.5s").error().what, HasSubstr("292 years"));
}

TEST(ParseDuration, RefusesNonsenseAndSaysWhatItTakes) {
  for (const std::string text : {"", " ", "5", "-5s", "+5s", "s", "5 parsecs", "5S", "1e3s", "inf",
                                 "nan", "0x10s", "5s5", "1.2.3s", ".", ".s", "1,5s", "5s 3ms"}) {
    const Result<Duration> span = parse_duration(text);
    ASSERT_TRUE(span.has_error()) << text;
    EXPECT_EQ(span.error().kind, Error::Kind::usage);
    EXPECT_THAT(span.error().what, testing::AllOf(HasSubstr('"' + text + '"'), HasSubstr("250us")));
  }
  EXPECT_THAT(parse_duration("5").error().what, HasSubstr("unit is missing"));
  EXPECT_THAT(parse_duration("-5s").error().what, HasSubstr("negative"));
}

TEST(ParseRate, ReadsRatesAsPeopleWriteThem) {
  const auto rate = [](std::string_view text) {
    return parse_rate(text).value().calls_per_second();
  };
  EXPECT_DOUBLE_EQ(rate("600/s"), 600.0);
  EXPECT_DOUBLE_EQ(rate("5k/s"), 5'000.0);
  EXPECT_DOUBLE_EQ(rate("2M/s"), 2e6);
  EXPECT_DOUBLE_EQ(rate("0.5/s"), 0.5);
  EXPECT_DOUBLE_EQ(rate("30/60s"), 0.5);
  EXPECT_DOUBLE_EQ(rate("120/min"), 2.0);
  EXPECT_DOUBLE_EQ(rate("3600/h"), 1.0);
  EXPECT_DOUBLE_EQ(rate("5/ms"), 5'000.0);
  EXPECT_DOUBLE_EQ(rate("1.5 k / 1.5 s"), 1'000.0);
  EXPECT_DOUBLE_EQ(rate("0/s"), 0.0);
}

TEST(ParseRate, RefusesNonsenseAndSaysWhatItTakes) {
  for (const std::string text : {"", "600", "/s", "600/", "-1/s", "5q/s", "5/0s", "5/parsec",
                                 "5//s", "inf/s", "5k/s/s", "5/-1s", "5k"}) {
    const Result<Rate> rate = parse_rate(text);
    ASSERT_TRUE(rate.has_error()) << text;
    EXPECT_THAT(rate.error().what, testing::AllOf(HasSubstr('"' + text + '"'), HasSubstr("600/s")));
  }
  EXPECT_TRUE(parse_rate(std::string(400, '9') + "/s").has_error());
  EXPECT_THAT(parse_rate("9" + std::string(307, '0') + "M/s").error().what, HasSubstr("too large"));
}

TEST(ParseBytes, ReadsEveryUnit) {
  EXPECT_EQ(parse_bytes("256B").value(), 256U);
  EXPECT_EQ(parse_bytes("1kB").value(), 1'000U);
  EXPECT_EQ(parse_bytes("1KB").value(), 1'000U);
  EXPECT_EQ(parse_bytes("1MB").value(), 1'000'000U);
  EXPECT_EQ(parse_bytes("1GB").value(), 1'000'000'000U);
  EXPECT_EQ(parse_bytes("1TB").value(), 1'000'000'000'000U);
  EXPECT_EQ(parse_bytes("64KiB").value(), 65'536U);
  EXPECT_EQ(parse_bytes("1MiB").value(), 1'048'576U);
  EXPECT_EQ(parse_bytes("1GiB").value(), 1'073'741'824U);
  EXPECT_EQ(parse_bytes("1TiB").value(), 1'099'511'627'776U);
  EXPECT_EQ(parse_bytes("1.5KiB").value(), 1'536U);
  EXPECT_EQ(parse_bytes("0B").value(), 0U);
  EXPECT_EQ(parse_bytes("0").value(), 0U);
  EXPECT_EQ(parse_bytes("9223372036854775807B").value(), 9223372036854775807U);
}

TEST(ParseBytes, RefusesNonsenseAndSaysWhatItTakes) {
  for (const std::string text : {"", "256", "-1B", "1.5B", "5 bytes", "64kib", "B", "0.3KiB",
                                 "9223372036854775808B", "9999999TiB"}) {
    const Result<std::uint64_t> bytes = parse_bytes(text);
    ASSERT_TRUE(bytes.has_error()) << text;
    EXPECT_THAT(bytes.error().what,
                testing::AllOf(HasSubstr('"' + text + '"'), HasSubstr("64KiB")));
  }
}

TEST(ParseFraction, ReadsPercentAndFractions) {
  EXPECT_DOUBLE_EQ(parse_fraction("0.1%").value(), 0.001);
  EXPECT_DOUBLE_EQ(parse_fraction("0.001").value(), 0.001);
  EXPECT_DOUBLE_EQ(parse_fraction("100 %").value(), 1.0);
  EXPECT_DOUBLE_EQ(parse_fraction("0").value(), 0.0);
  EXPECT_DOUBLE_EQ(parse_fraction("1").value(), 1.0);
}

TEST(ParseFraction, RefusesNonsenseAndSaysWhatItTakes) {
  for (const std::string text : {"", "%", "-1%", "101%", "1.01", "50", "half", "1%%"}) {
    const Result<double> fraction = parse_fraction(text);
    ASSERT_TRUE(fraction.has_error()) << text;
    EXPECT_THAT(fraction.error().what,
                testing::AllOf(HasSubstr('"' + text + '"'), HasSubstr("0.1%")));
  }
}

TEST(ParseCount, ReadsWholeNumbers) {
  EXPECT_EQ(parse_count("10000").value(), 10'000U);
  EXPECT_EQ(parse_count("10k").value(), 10'000U);
  EXPECT_EQ(parse_count("1.1k").value(), 1'100U);
  EXPECT_EQ(parse_count("2M").value(), 2'000'000U);
  EXPECT_EQ(parse_count("0").value(), 0U);
  EXPECT_EQ(parse_count("9223372036854775807").value(), 9223372036854775807U);
}

TEST(ParseCount, RefusesNonsenseAndSaysWhatItTakes) {
  for (const std::string text : {"", "-1", "1.5", "1.0001k", "ten", "10 calls", "1e3",
                                 "9223372036854775808", "99999999999999999999999", "10G G"}) {
    const Result<std::uint64_t> count = parse_count(text);
    ASSERT_TRUE(count.has_error()) << text;
    EXPECT_THAT(count.error().what, testing::AllOf(HasSubstr('"' + text + '"'), HasSubstr("10k")));
  }
}

/// A comma as decimal point, as in German: what C's own functions would follow.
class CommaPoint : public std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
};

TEST(Quantities, DoNotDependOnTheLocale) {
  const std::locale before = std::locale::global(std::locale{std::locale{}, new CommaPoint});
  const char* const c_locale = std::setlocale(LC_NUMERIC, "de_DE.UTF-8");

  EXPECT_EQ(parse_duration("1.5ms").value(), 1500us);
  EXPECT_DOUBLE_EQ(parse_fraction("0.5").value(), 0.5);
  EXPECT_EQ(format_duration(1500us), "1.5 ms");
  EXPECT_EQ(to_scenario_text(Rate::per_second(0.5)), "0.5/s");
  EXPECT_TRUE(parse_duration("1,5ms").has_error());

  std::locale::global(before);
  if (c_locale != nullptr) {
    std::setlocale(LC_NUMERIC, "C");
  }
}

TEST(FormatDuration, ShowsThreeDigitsAtTheMost) {
  EXPECT_EQ(format_duration(0ns), "0 ns");
  EXPECT_EQ(format_duration(7ns), "7 ns");
  EXPECT_EQ(format_duration(250us), "250 us");
  EXPECT_EQ(format_duration(900us), "0.9 ms");
  EXPECT_EQ(format_duration(1500us), "1.5 ms");
  EXPECT_EQ(format_duration(20ms), "20 ms");
  EXPECT_EQ(format_duration(900ms), "0.9 s");
  EXPECT_EQ(format_duration(1234567us), "1.23 s");
  EXPECT_EQ(format_duration(12345ms), "12.3 s");
  EXPECT_EQ(format_duration(90s), "90 s");
  EXPECT_EQ(format_duration(5min), "5 min");
  EXPECT_EQ(format_duration(3h), "3 h");
  EXPECT_EQ(format_duration(-20ms), "-20 ms");
  EXPECT_EQ(format_duration(Duration::min()), "-2562048 h");
}

TEST(FormatRate, IsShort) {
  EXPECT_EQ(format_rate(Rate::per_second(600)), "600/s");
  EXPECT_EQ(format_rate(Rate::per_second(5'000)), "5k/s");
  EXPECT_EQ(format_rate(Rate::per_second(1'250'000)), "1.25M/s");
  EXPECT_EQ(format_rate(Rate::per_second(0.5)), "0.5/s");
  EXPECT_EQ(format_rate(Rate::per_second(0)), "0/s");
  EXPECT_EQ(format_rate(Rate::per_second(1'234)), "1.234k/s");
}

TEST(ScenarioText, OfASpanIsReadBackExactly) {
  EXPECT_EQ(to_scenario_text(250us), "250us");
  EXPECT_EQ(to_scenario_text(2s), "2s");
  EXPECT_EQ(to_scenario_text(0s), "0s");
  EXPECT_EQ(to_scenario_text(90s), "90s");
  EXPECT_EQ(to_scenario_text(10min), "10m");
  const KeyedDraws draws{1, DrawUse::think};
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const UniformPair draw = draws.uniform(i);
    // Spans of every magnitude.
    const double scale =
        static_cast<double>(std::uint64_t{1} << static_cast<unsigned>(draw.second * 63));
    const Duration span{static_cast<std::int64_t>(draw.first * scale)};
    ASSERT_EQ(parse_duration(to_scenario_text(span)).value(), span) << to_scenario_text(span);
  }
  EXPECT_EQ(parse_duration(to_scenario_text(Duration::max())).value(), Duration::max());
}

TEST(ScenarioText, OfARateIsReadBackExactly) {
  EXPECT_EQ(to_scenario_text(Rate::per_second(2'000)), "2000/s");
  for (const double rate : {1e-300, 1e-7, 0.1, 1.0 / 3.0, 600.0, 1e8, 123456.789}) {
    EXPECT_EQ(parse_rate(to_scenario_text(Rate::per_second(rate))).value().calls_per_second(),
              rate);
  }
}

TEST(DecimalText, HasNoExponent) {
  EXPECT_EQ(decimal_text(1e-5), "0.00001");
  EXPECT_EQ(decimal_text(1e21), "1000000000000000000000");
  EXPECT_EQ(decimal_text(0.1), "0.1");
  EXPECT_EQ(decimal_text(std::numeric_limits<double>::denorm_min()).substr(0, 4), "0.00");
}

TEST(FormatCount, GroupsThousands) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(12'345), "12,345");
  EXPECT_EQ(format_count(1'234'567), "1,234,567");
  EXPECT_EQ(format_count(std::numeric_limits<std::uint64_t>::max()), "18,446,744,073,709,551,615");
}

TEST(FormatPercent, NeverRoundsToNoneOrAll) {
  EXPECT_EQ(format_percent(0.38), "38 %");
  EXPECT_EQ(format_percent(0.0012), "0.12 %");
  EXPECT_EQ(format_percent(0.0), "0 %");
  EXPECT_EQ(format_percent(1.0), "100 %");
  EXPECT_EQ(format_percent(0.015), "1.5 %");
  EXPECT_EQ(format_percent(0.000001), "< 0.001 %");
  EXPECT_EQ(format_percent(0.996), "99.6 %");
  EXPECT_EQ(format_percent(0.999999), "> 99.99 %");
}

TEST(ParseBandwidth, ReadsBytesPerSecondAndNothingElse) {
  EXPECT_EQ(parse_bandwidth("1MiB/s").value(), 1024u * 1024u);
  EXPECT_EQ(parse_bandwidth(" 500kB/s ").value(), 500'000u);
  for (const char* wrong : {"1MiB", "0B/s", "1/s", "fast/s", "1MiB/min", ""}) {
    EXPECT_TRUE(parse_bandwidth(wrong).has_error()) << wrong;
  }
}

TEST(RateLimits, AreReadAsPeopleWriteThemAndBack) {
  EXPECT_EQ(parse_rate_limit("30/60s").value(), (RateLimit{30, std::chrono::seconds{60}}));
  EXPECT_EQ(parse_rate_limit(" 1k / min ").value(), (RateLimit{1'000, std::chrono::minutes{1}}));
  EXPECT_EQ(parse_rate_limit("5/s").value(), (RateLimit{5, std::chrono::seconds{1}}));
  EXPECT_EQ(parse_rate_limit("2/1.5ms").value(), (RateLimit{2, std::chrono::microseconds{1500}}));
  for (const char* const text : {"30/60s", "1000/1m", "7/250us", "1000000/24h"}) {
    const RateLimit limit = parse_rate_limit(text).value();
    EXPECT_EQ(parse_rate_limit(to_scenario_text(limit)).value(), limit) << text;
  }
}

TEST(RateLimits, NonsenseIsRefusedWithTheFormsThatAreTaken) {
  for (const char* const text : {"", "30", "30/", "/60s", "0/s", "-3/s", "1.5/s", "30/0s", "30/25h",
                                 "2M/s", "30/60", "a/s", "30/60s/2"}) {
    const auto limit = parse_rate_limit(text);
    ASSERT_TRUE(limit.has_error()) << text;
    EXPECT_NE(limit.error().what.find("30/60s, 100/s or 1k/min"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace queuemeter
