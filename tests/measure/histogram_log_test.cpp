// SPDX-License-Identifier: Apache-2.0
#include "harness/measure/histogram_log.hpp"

#include "harness/measure/base64.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

namespace queuemeter {
namespace {

using std::chrono::nanoseconds;
using testing::HasSubstr;

void expect_same(const Histogram& one, const Histogram& other) {
  for (std::size_t index = 0; index < Histogram::counter_count; ++index) {
    ASSERT_EQ(one.counter(index), other.counter(index)) << index;
  }
}

Histogram sample(std::uint64_t seed, int samples) {
  std::mt19937_64 engine{seed};
  std::lognormal_distribution<double> draw{14.0, 2.0};
  Histogram histogram;
  for (int n = 0; n < samples; ++n) {
    histogram.record(Duration{std::llround(std::min(draw(engine), 3.6e12))});
  }
  return histogram;
}

/// A file of its own for each test.
class HistogramLog : public testing::Test {
 public:
  ~HistogramLog() override { std::filesystem::remove(path_); }

 protected:
  HistogramLog()
      : path_{testing::TempDir() + "queuemeter_" +
              testing::UnitTest::GetInstance()->current_test_info()->name() + ".hlog"} {}

  void write_text(const std::string& text) const { std::ofstream{path_} << text; }
  [[nodiscard]] std::string text() const {
    std::ostringstream all;
    all << std::ifstream{path_}.rdbuf();
    return all.str();
  }

  std::string path_;
};

TEST_F(HistogramLog, WhatIsWrittenIsReadBack) {
  const Histogram first = sample(1, 20'000);
  const Histogram second = sample(2, 1);
  auto writer = HistogramLogWriter::open(path_, 1'700'000'000.0).value();
  ASSERT_TRUE(writer.write("", 0.0, 1.0, first));
  ASSERT_TRUE(writer.write("queueing", 0.0, 1.0, Histogram{}));
  ASSERT_TRUE(writer.write("", 1.0, 0.25, second));

  bool truncated = true;
  const auto entries = read_histogram_log(path_, &truncated).value();

  EXPECT_FALSE(truncated);
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].tag, "");
  EXPECT_EQ(entries[1].tag, "queueing");
  EXPECT_EQ(entries[2].start_s, 1.0);
  EXPECT_EQ(entries[2].length_s, 0.25);
  expect_same(entries[0].histogram, first);
  expect_same(entries[1].histogram, Histogram{});
  expect_same(entries[2].histogram, second);
}

TEST_F(HistogramLog, EveryLineIsInTheFileAsSoonAsItIsWritten) {
  auto writer = HistogramLogWriter::open(path_, 0.0).value();
  ASSERT_TRUE(writer.write("", 0.0, 1.0, sample(1, 10)));

  EXPECT_EQ(read_histogram_log(path_).value().size(), 1U);
}

TEST_F(HistogramLog, TheHeaderIsWhatTheReferenceToolsExpect) {
  { ASSERT_TRUE(HistogramLogWriter::open(path_, 1'700'000'000.0)); }

  EXPECT_EQ(text(),
            "#[Logged with queuemeter]\n"
            "#[Histogram log format version 1.3]\n"
            "#[StartTime: 1700000000.000 (seconds since epoch), Tue Nov 14 22:13:20 UTC 2023]\n"
            "#[BaseTime: 1700000000.000 (seconds since epoch)]\n"
            "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
            "\"Interval_Compressed_Histogram\"\n");
}

TEST_F(HistogramLog, ALastLineCutShortIsLeftOutAndReported) {
  {
    auto writer = HistogramLogWriter::open(path_, 0.0).value();
    ASSERT_TRUE(writer.write("", 0.0, 1.0, sample(1, 1000)));
    ASSERT_TRUE(writer.write("", 1.0, 1.0, sample(2, 1000)));
  }
  const std::string whole = text();
  const std::size_t last_line = whole.rfind('\n', whole.size() - 2) + 1;

  for (std::size_t end = last_line + 1; end + 1 < whole.size(); end += 7) {
    write_text(whole.substr(0, end));
    bool truncated = false;
    const auto entries = read_histogram_log(path_, &truncated);
    ASSERT_TRUE(entries) << entries.error().what;
    ASSERT_EQ(entries->size(), 1U);
    ASSERT_TRUE(truncated);
  }
}

TEST_F(HistogramLog, DamageBeforeTheEndIsAnErrorWithItsLine) {
  write_text("#[Histogram log format version 1.3]\n0.0,1.0,1.0,AAAA\n");

  const auto entries = read_histogram_log(path_);

  ASSERT_FALSE(entries);
  EXPECT_THAT(entries.error().what, HasSubstr(path_ + ":2:"));
}

TEST_F(HistogramLog, AnotherMajorVersionIsRefused) {
  write_text("#[Histogram log format version 2.0]\n");

  EXPECT_THAT(read_histogram_log(path_).error().what, HasSubstr("only versions 1.0 to 1.3"));
}

TEST_F(HistogramLog, ALineLongerThanAnyHistogramIsRefused) {
  write_text(std::string(3'000'000, 'x') + "\n");

  EXPECT_THAT(read_histogram_log(path_).error().what, HasSubstr(":1: cannot be read"));
}

TEST_F(HistogramLog, AMissingFileIsOneSentence) {
  const auto entries = read_histogram_log(path_);

  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().kind, Error::Kind::io);
  EXPECT_THAT(entries.error().what, HasSubstr("No such file"));
}

TEST_F(HistogramLog, ATagThatWouldBreakTheLineIsRefused) {
  auto writer = HistogramLogWriter::open(path_, 0.0).value();

  for (const char* const tag : {"a,b", "a b", "a\nb"}) {
    EXPECT_FALSE(writer.write(tag, 0.0, 1.0, Histogram{})) << tag;
  }
  EXPECT_TRUE(read_histogram_log(path_).value().empty());
}

TEST(HistogramLogWriter, AFolderThatDoesNotExistIsAnError) {
  const auto writer = HistogramLogWriter::open("/nonexistent/folder/x.hlog", 0.0);

  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().kind, Error::Kind::io);
}

TEST(HistogramLogWriter, AFullDiskIsAnErrorAndNotSilence) {
  if (!std::filesystem::exists("/dev/full")) {
    GTEST_SKIP() << "this system has no /dev/full";
  }

  const auto writer = HistogramLogWriter::open("/dev/full", 0.0);

  ASSERT_FALSE(writer);
  EXPECT_THAT(writer.error().what, HasSubstr("No space left"));
}

TEST(HistogramEncoding, CountersOfEverySizeSurvive) {
  Histogram histogram;
  for (unsigned bits = 0; bits < 62; ++bits) {
    // Runs of zeros of every length between them.
    histogram.add_to_counter(std::size_t{bits} * (bits + 1) * 8, std::uint64_t{1} << bits);
  }

  expect_same(decode_histogram(encode_histogram(histogram)).value(), histogram);
}

TEST(HistogramEncoding, TheLastCounterSurvives) {
  Histogram histogram;
  histogram.add_to_counter(Histogram::counter_count - 1, 1);

  expect_same(decode_histogram(encode_histogram(histogram)).value(), histogram);
}

TEST(HistogramEncoding, TheCookieIsThatOfVersionTwo) {
  // 1c 84 93 14, then the length: what the reference readers look for.
  EXPECT_EQ(encode_histogram(Histogram{}).substr(0, 5), "HISTF");
}

TEST(HistogramEncoding, OtherParametersAreRefusedWithASentence) {
  // Encoded by HdrHistogram 2.1.11: 1…3,600,000,000,000 with 2 digits, one sample of 12,345.
  const auto two_digits =
      decode_histogram("HISTFAAAACR42pNpmSzMwMDAzAABTFCaESjkZrBjAYP9B4jAfz4mAF6FBVw=");

  ASSERT_FALSE(two_digits);
  EXPECT_THAT(two_digits.error().what, HasSubstr("with 2 digits"));
}

TEST(HistogramEncoding, WhatTheReferenceEncodedIsDecoded) {
  // Encoded by HdrHistogram 2.1.11 with our parameters: 12,345 once, 1,000,000 three times.
  const auto histogram =
      decode_histogram("HISTFAAAACd42pNpmSzMwMDAxgABzFCaEch0M9ixgMH+A0Sg14NpYxobAHCIBkU=");

  ASSERT_TRUE(histogram) << histogram.error().what;
  EXPECT_EQ(histogram->count(), 4U);
  EXPECT_EQ(histogram->counter(Histogram::index_of(nanoseconds{12'345})), 1U);
  EXPECT_EQ(histogram->counter(Histogram::index_of(nanoseconds{1'000'000})), 3U);
}

TEST(HistogramEncoding, MutatedBytesAreRefusedOrDecodedButNeverCrash) {
  const std::string good = encode_histogram(sample(5, 3000));
  std::mt19937_64 engine{99};
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::uint8_t> bytes = decode_base64(good).value();
    for (std::uint64_t change = engine() % 4 + 1; change > 0; --change) {
      bytes[engine() % bytes.size()] = static_cast<std::uint8_t>(engine());
    }
    if (engine() % 4 == 0) {
      bytes.resize(engine() % bytes.size());
    }
    refused += decode_histogram(encode_base64(bytes)) ? 0 : 1;
  }
  // A checksum guards the counters, and the header must be ours: hardly a change passes.
  EXPECT_GT(refused, 2900);
}

/// A payload as it stands before compression, from the cookie on.
std::vector<std::uint8_t> inflate(const std::string& base64) {
  const std::vector<std::uint8_t> bytes = decode_base64(base64).value();
  std::vector<std::uint8_t> plain(400'000);
  auto length = static_cast<uLongf>(plain.size());
  EXPECT_EQ(uncompress(plain.data(), &length, bytes.data() + 8, bytes.size() - 8), Z_OK);
  plain.resize(length);
  return plain;
}

std::string deflate(const std::vector<std::uint8_t>& plain) {
  std::vector<std::uint8_t> bytes(8 + compressBound(plain.size()));
  auto length = static_cast<uLongf>(bytes.size() - 8);
  EXPECT_EQ(compress(bytes.data() + 8, &length, plain.data(), plain.size()), Z_OK);
  bytes.resize(8 + length);
  const std::array<std::uint8_t, 4> cookie{0x1c, 0x84, 0x93, 0x14};
  std::copy(cookie.begin(), cookie.end(), bytes.begin());
  for (std::size_t byte = 0; byte < 4; ++byte) {
    bytes[4 + byte] = static_cast<std::uint8_t>(length >> (24 - 8 * byte));
  }
  return encode_base64(bytes);
}

TEST(HistogramEncoding, MutatedCountersBehindAGoodChecksumNeverCrash) {
  const std::vector<std::uint8_t> good = inflate(encode_histogram(sample(6, 3000)));
  ASSERT_TRUE(decode_histogram(deflate(good)));
  std::mt19937_64 engine{100};
  int refused = 0;
  int decoded = 0;
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::uint8_t> bytes = good;
    for (std::uint64_t change = engine() % 3 + 1; change > 0; --change) {
      bytes[40 + engine() % (bytes.size() - 40)] = static_cast<std::uint8_t>(engine() | 0x80U);
    }
    ++(decode_histogram(deflate(bytes)) ? decoded : refused);
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(decoded, 0);
}

TEST(HistogramEncoding, AHeaderThatIsNotOursIsRefusedWhicheverByteDiffers) {
  const std::vector<std::uint8_t> good = inflate(encode_histogram(sample(6, 30)));
  for (std::size_t byte = 0; byte < 40; ++byte) {
    std::vector<std::uint8_t> bytes = good;
    bytes[byte] ^= 0x01U;
    EXPECT_FALSE(decode_histogram(deflate(bytes))) << byte;
  }
}

TEST(HistogramEncoding, MoreCountersThanThereAreAreRefused) {
  std::vector<std::uint8_t> bytes = inflate(encode_histogram(Histogram{}));
  bytes.resize(40);
  // The longest run of zeros that nine bytes can say, the lowest number there is.
  bytes.insert(bytes.end(), 9, 0xFF);
  bytes[7] = 9;

  EXPECT_THAT(decode_histogram(deflate(bytes)).error().what, HasSubstr("more than 33792"));
}

TEST(HistogramEncoding, TextThatIsNotBase64IsRefused) {
  for (const char* const text :
       {"", "A", "AAA", "====", "AA=A", "HISTF\xff\xff\xff", "HIST FAAA"}) {
    EXPECT_FALSE(decode_histogram(text)) << text;
  }
}

TEST(Base64, KnownAnswers) {
  // Source: RFC 4648, section 10.
  const std::vector<std::pair<std::string, std::string>> answers{{"", ""},
                                                                 {"f", "Zg=="},
                                                                 {"fo", "Zm8="},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg=="},
                                                                 {"fooba", "Zm9vYmE="},
                                                                 {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : answers) {
    const std::vector<std::uint8_t> bytes{plain.begin(), plain.end()};
    EXPECT_EQ(encode_base64(bytes), encoded);
    EXPECT_EQ(decode_base64(encoded), bytes);
  }
}

}  // namespace
}  // namespace queuemeter
