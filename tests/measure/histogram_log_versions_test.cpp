// SPDX-License-Identifier: Apache-2.0
// Logs and encodings of HdrHistogram's older versions. Layouts: HdrHistogram 2.1.11 (Java),
// AbstractHistogram.decodeFromByteBuffer.
#include "harness/measure/base64.hpp"
#include "harness/measure/histogram_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <bit>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace queuemeter {
namespace {

using testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;

/// A golden log and what the reference's HistogramLogProcessor says of its untagged lines.
struct Golden {
  const char* file;
  std::size_t lines;
  std::uint64_t samples;
  std::int64_t p50;
  std::int64_t p99;
  std::int64_t max;
};
void PrintTo(const Golden& golden, std::ostream* out) { *out << golden.file; }

class HistogramLogVersions : public testing::TestWithParam<Golden> {};

std::string golden_path(const char* file) {
  return std::string{QUEUEMETER_TESTS_FOLDER} + "/measure/golden/" + file;
}

TEST_P(HistogramLogVersions, AreReadAsTheReferenceReadsThem) {
  const Golden& golden = GetParam();
  bool truncated = true;

  const auto entries = read_histogram_log(golden_path(golden.file), &truncated);

  ASSERT_TRUE(entries) << entries.error().what;
  EXPECT_FALSE(truncated);
  ASSERT_EQ(entries->size(), golden.lines);
  Histogram untagged;
  for (const HistogramLogEntry& entry : *entries) {
    EXPECT_EQ(entry.length_s, 1.0);
    EXPECT_EQ(entry.histogram.count(), 2'000u);
    if (entry.tag.empty()) {
      untagged.add(entry.histogram);
    }
  }
  EXPECT_EQ(entries->front().start_s, 0.0);
  EXPECT_EQ(untagged.count(), golden.samples);
  EXPECT_EQ(untagged.value_at(0.5).count(), golden.p50);
  EXPECT_EQ(untagged.value_at(0.990625).count(), golden.p99);
  EXPECT_EQ(untagged.max().count(), golden.max);
}

// A log may be cut anywhere: what comes before the cut is read, and nothing is made up.
TEST_P(HistogramLogVersions, CutAnywhereAreReadUpToTheCut) {
  std::ostringstream text;
  text << std::ifstream{golden_path(GetParam().file)}.rdbuf();
  const std::string whole = text.str();
  const std::string path = testing::TempDir() + "queuemeter_cut_" + GetParam().file;
  for (std::size_t end = 0; end < whole.size(); end += 997) {
    std::ofstream{path, std::ios::trunc} << whole.substr(0, end);
    const auto entries = read_histogram_log(path);
    ASSERT_TRUE(entries) << end << ": " << entries.error().what;
    for (const HistogramLogEntry& entry : *entries) {
      ASSERT_EQ(entry.histogram.count(), 2'000u) << end;
    }
  }
  std::filesystem::remove(path);
}

INSTANTIATE_TEST_SUITE_P(
    Golden, HistogramLogVersions,
    testing::Values(Golden{"v0.hlog", 3, 6000, 1184767, 140378111, 1522532351},
                    Golden{"v1.hlog", 3, 6000, 1166335, 127074303, 8279556095},
                    Golden{"v1_format_1_2.hlog", 1, 2000, 1242111, 118947839, 1568669695},
                    Golden{"v2.hlog", 6, 6000, 1253375, 131399679, 2153775103}),
    [](const auto& instance) {
      const std::string name = instance.param.file;
      return name.substr(0, name.find('.'));
    });

template <class Integer>
void put(Bytes& bytes, Integer value) {
  for (unsigned shift = 8 * sizeof(Integer); shift > 0; shift -= 8) {
    bytes.push_back(static_cast<std::uint8_t>(value >> (shift - 8)));
  }
}

constexpr std::uint64_t hour = 3'600'000'000'000;

Bytes v0_header(std::uint32_t word_bytes) {
  Bytes bytes;
  put(bytes, std::uint32_t{0x1c849308} | word_bytes << 4U);
  put(bytes, std::uint32_t{3});
  put(bytes, std::uint64_t{1});
  put(bytes, hour);
  put(bytes, std::uint64_t{4});  // the total
  return bytes;
}

Bytes v1_header(std::uint32_t word_bytes, std::size_t counters) {
  Bytes bytes;
  put(bytes, std::uint32_t{0x1c849301} | word_bytes << 4U);
  put(bytes, static_cast<std::uint32_t>(counters * word_bytes));
  put(bytes, std::uint32_t{0});
  put(bytes, std::uint32_t{3});
  put(bytes, std::uint64_t{1});
  put(bytes, hour);
  put(bytes, std::bit_cast<std::uint64_t>(1.0));
  return bytes;
}

Bytes with_counters(Bytes bytes, std::uint32_t word_bytes,
                    const std::vector<std::int64_t>& counts) {
  for (const std::int64_t count : counts) {
    switch (word_bytes) {
      case 2:
        put(bytes, static_cast<std::uint16_t>(count));
        break;
      case 4:
        put(bytes, static_cast<std::uint32_t>(count));
        break;
      default:
        put(bytes, static_cast<std::uint64_t>(count));
    }
  }
  return bytes;
}

std::string compressed(std::uint32_t cookie, const Bytes& plain) {
  Bytes deflated(compressBound(plain.size()));
  auto length = static_cast<uLongf>(deflated.size());
  EXPECT_EQ(compress(deflated.data(), &length, plain.data(), plain.size()), Z_OK);
  Bytes bytes;
  put(bytes, cookie);
  put(bytes, static_cast<std::uint32_t>(length));
  bytes.insert(bytes.end(), deflated.begin(),
               deflated.begin() + static_cast<std::ptrdiff_t>(length));
  return encode_base64(bytes);
}

void expect_three_counters(const std::string& base64) {
  const Result<Histogram> histogram = decode_histogram(base64);
  ASSERT_TRUE(histogram) << histogram.error().what;
  EXPECT_EQ(histogram->count(), 1'004u);
  EXPECT_EQ(histogram->counter(0), 1u);
  EXPECT_EQ(histogram->counter(2), 1'000u);
  EXPECT_EQ(histogram->counter(5), 3u);
}
const std::vector<std::int64_t> three_counters{1, 0, 1'000, 0, 0, 3};

class OldEncoding : public testing::TestWithParam<std::uint32_t> {};

TEST_P(OldEncoding, OfEveryWordSizeIsDecodedPlainAndCompressed) {
  const std::uint32_t word_bytes = GetParam();
  const Bytes v0 = with_counters(v0_header(word_bytes), word_bytes, three_counters);
  const Bytes v1 = with_counters(v1_header(word_bytes, 6), word_bytes, three_counters);

  expect_three_counters(encode_base64(v0));
  expect_three_counters(encode_base64(v1));
  expect_three_counters(compressed(0x1c849309 | word_bytes << 4U, v0));
  expect_three_counters(compressed(0x1c849302 | word_bytes << 4U, v1));
}

TEST_P(OldEncoding, CutAnywhereIsRefusedOrHasFewerCounters) {
  const std::uint32_t word_bytes = GetParam();
  const Bytes v0 = with_counters(v0_header(word_bytes), word_bytes, three_counters);
  const Bytes v1 = with_counters(v1_header(word_bytes, 6), word_bytes, three_counters);
  for (std::size_t end = 0; end < v1.size(); ++end) {
    EXPECT_FALSE(decode_histogram(encode_base64(std::span{v1}.first(end)))) << end;
  }
  // V0 does not say how many counters there are, so only a counter cut in two can be noticed.
  for (std::size_t end = 0; end < v0.size(); ++end) {
    const bool is_whole = end >= 32 && (end - 32) % word_bytes == 0;
    EXPECT_EQ(decode_histogram(encode_base64(std::span{v0}.first(end))).has_value(), is_whole)
        << end;
  }
}

TEST_P(OldEncoding, ANegativeCounterIsDamage) {
  const std::uint32_t word_bytes = GetParam();

  const auto histogram =
      decode_histogram(encode_base64(with_counters(v0_header(word_bytes), word_bytes, {1, -2})));

  ASSERT_FALSE(histogram);
  EXPECT_THAT(histogram.error().what, HasSubstr("counter 1 is negative"));
}

INSTANTIATE_TEST_SUITE_P(WordBytes, OldEncoding, testing::Values(2U, 4U, 8U));

TEST(OldEncodings, AnUncompressedV2IsDecodedToo) {
  const Bytes envelope = decode_base64(encode_histogram(Histogram{})).value();
  Bytes plain(400'000);
  auto length = static_cast<uLongf>(plain.size());
  ASSERT_EQ(uncompress(plain.data(), &length, envelope.data() + 8, envelope.size() - 8), Z_OK);
  plain.resize(length);

  EXPECT_TRUE(decode_histogram(encode_base64(plain)));
}

TEST(OldEncodings, OtherWordSizesAndOtherCookiesAreRefused) {
  for (const std::uint32_t word_bytes : {0U, 6U, 10U, 14U}) {
    const auto histogram = decode_histogram(encode_base64(v0_header(word_bytes)));
    ASSERT_FALSE(histogram);
    EXPECT_THAT(histogram.error().what, HasSubstr("not 2, 4 or 8"));
  }
  Bytes other = v1_header(8, 0);
  other[3] = 0x8e;  // the cookie of histograms of doubles ends so
  EXPECT_THAT(decode_histogram(encode_base64(other)).error().what, HasSubstr("none of"));
}

TEST(OldEncodings, MoreCountersThanThereAreAreRefused) {
  const std::vector<std::int64_t> many(Histogram::counter_count + 1, 0);

  EXPECT_THAT(decode_histogram(encode_base64(with_counters(v0_header(2), 2, many))).error().what,
              HasSubstr("more than 33792"));
}

TEST(OldEncodings, AStreamThatSwellsBeyondAnyHistogramIsRefusedInBoundedMemory) {
  const Bytes bomb(64 << 20U, 0);  // 64 KiB when compressed

  EXPECT_THAT(decode_histogram(compressed(0x1c849389, bomb)).error().what,
              HasSubstr("longer than 33792 counters can be"));
}

TEST(OldEncodings, AnEnvelopeOfAnotherVersionIsRefused) {
  const Bytes v1 = with_counters(v1_header(8, 6), 8, three_counters);

  EXPECT_THAT(decode_histogram(compressed(0x1c849314, v1)).error().what,
              HasSubstr("another version than its envelope"));
}

TEST(OldEncodings, MutatedBytesAreRefusedOrDecodedButNeverCrash) {
  std::mt19937_64 engine{12};
  int refused = 0;
  for (int round = 0; round < 4'000; ++round) {
    const std::uint32_t word_bytes = 2U << engine() % 3;
    Bytes bytes =
        with_counters(engine() % 2 == 0 ? v0_header(word_bytes) : v1_header(word_bytes, 6),
                      word_bytes, three_counters);
    for (std::uint64_t change = engine() % 4 + 1; change > 0; --change) {
      bytes[engine() % bytes.size()] = static_cast<std::uint8_t>(engine());
    }
    bytes.resize(bytes.size() - engine() % 3);
    refused += decode_histogram(encode_base64(bytes)) ? 0 : 1;
  }
  EXPECT_GT(refused, 2'000);
}

TEST(HistogramLogVersion, ThoseAfterOursAreRefused) {
  const std::string path = testing::TempDir() + "queuemeter_version.hlog";
  for (const char* const version : {"1.4", "1.10", "2.0", "1", ""}) {
    std::ofstream{path, std::ios::trunc} << "#[Histogram log format version " << version << "]\n";
    EXPECT_THAT(read_histogram_log(path).error().what, HasSubstr("only versions 1.0 to 1.3"));
  }
  std::filesystem::remove(path);
}

TEST(HistogramLogVersion, LinesThatEndAsOnWindowsAreRead) {
  const std::string path = testing::TempDir() + "queuemeter_windows.hlog";
  std::ofstream{path, std::ios::trunc} << "#[Histogram log format version 1.2]\r\n0.0,1.0,1.0,"
                                       << encode_histogram(Histogram{}) << "\r\n";

  EXPECT_EQ(read_histogram_log(path).value().size(), 1u);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace queuemeter
