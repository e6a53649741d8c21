// SPDX-License-Identifier: Apache-2.0
// HdrHistogram's V2 encoding, the only one that we write. Source: HdrHistogram 2.1.11 (Java),
// AbstractHistogram.encodeIntoByteBuffer and ZigZagEncoding.
#include "harness/measure/base64.hpp"
#include "harness/measure/histogram_log.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <bit>
#include <cstdint>
#include <new>

namespace queuemeter {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t plain_cookie = 0x1c849313;
constexpr std::uint32_t compressed_cookie = 0x1c849314;
constexpr std::size_t header_size = 40;
constexpr std::size_t longest_number = 9;

template <class Integer>
void put_big_endian(Bytes& bytes, Integer value) {
  for (unsigned shift = 8 * sizeof(Integer); shift > 0; shift -= 8) {
    bytes.push_back(static_cast<std::uint8_t>(value >> (shift - 8)));
  }
}

void put_zigzag(Bytes& bytes, std::int64_t number) {
  const auto bits = static_cast<std::uint64_t>(number);
  std::uint64_t value = bits << 1U ^ static_cast<std::uint64_t>(number >> 63U);
  for (std::size_t byte = 0; byte + 1 < longest_number; ++byte) {
    if (value < 0x80U) {
      bytes.push_back(static_cast<std::uint8_t>(value));
      return;
    }
    bytes.push_back(static_cast<std::uint8_t>(value | 0x80U));
    value >>= 7U;
  }
  bytes.push_back(static_cast<std::uint8_t>(value));
}

/// Counters up to the last one in use; a run of zeros is the negative of its length.
Bytes encode_counters(const Histogram& histogram) {
  std::size_t end = Histogram::counter_count;
  while (end > 1 && histogram.counter(end - 1) == 0) {
    --end;
  }
  Bytes bytes;
  for (std::size_t index = 0; index < end;) {
    const std::size_t first = index;
    while (index < end && histogram.counter(index) == 0) {
      ++index;
    }
    const auto zeros = static_cast<std::int64_t>(index - first);
    if (zeros > 0) {
      put_zigzag(bytes, zeros == 1 ? 0 : -zeros);
    } else {
      put_zigzag(bytes, static_cast<std::int64_t>(histogram.counter(index)));
      ++index;
    }
  }
  return bytes;
}

Bytes encode_plain(const Histogram& histogram) {
  const Bytes counters = encode_counters(histogram);
  Bytes bytes;
  bytes.reserve(header_size + counters.size());
  put_big_endian(bytes, plain_cookie);
  put_big_endian(bytes, static_cast<std::uint32_t>(counters.size()));
  put_big_endian(bytes, std::uint32_t{0});  // normalising index offset
  put_big_endian(bytes, static_cast<std::uint32_t>(Histogram::significant_digits));
  put_big_endian(bytes, std::uint64_t{1});  // lowest discernible value
  put_big_endian(bytes, static_cast<std::uint64_t>(Histogram::highest_trackable.count()));
  put_big_endian(bytes, std::bit_cast<std::uint64_t>(1.0));  // integer to double ratio
  bytes.insert(bytes.end(), counters.begin(), counters.end());
  return bytes;
}

}  // namespace

std::string encode_histogram(const Histogram& histogram) {
  const Bytes plain = encode_plain(histogram);
  Bytes deflated(compressBound(static_cast<uLong>(plain.size())));
  auto length = static_cast<uLongf>(deflated.size());
  // Fails only for want of memory or room; the bound is room enough.
  const int status = compress2(deflated.data(), &length, plain.data(),
                               static_cast<uLong>(plain.size()), Z_DEFAULT_COMPRESSION);
  if (status != Z_OK) {
    throw std::bad_alloc{};
  }
  Bytes bytes;
  bytes.reserve(8 + length);
  put_big_endian(bytes, compressed_cookie);
  put_big_endian(bytes, static_cast<std::uint32_t>(length));
  bytes.insert(bytes.end(), deflated.begin(),
               deflated.begin() + static_cast<std::ptrdiff_t>(length));
  return encode_base64(bytes);
}

}  // namespace queuemeter
