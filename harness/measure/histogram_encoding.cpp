// SPDX-License-Identifier: Apache-2.0
// HdrHistogram's V2 encoding. Source: HdrHistogram 2.1.11 (Java),
// AbstractHistogram.encodeIntoByteBuffer and ZigZagEncoding.
#include "harness/measure/base64.hpp"
#include "harness/measure/histogram_log.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <bit>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

namespace queuemeter {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t plain_cookie = 0x1c849313;
constexpr std::uint32_t compressed_cookie = 0x1c849314;
constexpr std::size_t header_size = 40;
constexpr std::size_t longest_number = 9;
constexpr std::size_t longest_payload = header_size + longest_number * Histogram::counter_count;

template <class Integer>
void put_big_endian(Bytes& bytes, Integer value) {
  for (unsigned shift = 8 * sizeof(Integer); shift > 0; shift -= 8) {
    bytes.push_back(static_cast<std::uint8_t>(value >> (shift - 8)));
  }
}

/// Takes integers off the front of what is left; 0 and `failed()` once it is too short.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes) : rest_{bytes} {}

  template <class Integer>
  Integer big_endian() {
    Integer value = 0;
    for (std::size_t byte = 0; byte < sizeof(Integer); ++byte) {
      value = static_cast<Integer>(value << 8U | next());
    }
    return value;
  }

  /// ZigZag LEB128: seven bits a byte, low first; a ninth byte carries eight.
  std::int64_t zigzag() {
    std::uint64_t value = 0;
    for (std::size_t byte = 0; byte < longest_number; ++byte) {
      const std::uint64_t piece = next();
      const bool is_last = byte + 1 == longest_number;
      value |= (is_last ? piece : piece & 0x7FU) << (7 * byte);
      if (is_last || (piece & 0x80U) == 0) {
        break;
      }
    }
    return static_cast<std::int64_t>(value >> 1U ^ (~(value & 1U) + 1U));
  }

  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] std::span<const std::uint8_t> rest() const noexcept { return rest_; }

 private:
  std::uint8_t next() {
    if (rest_.empty()) {
      failed_ = true;
      return 0;
    }
    const std::uint8_t byte = rest_.front();
    rest_ = rest_.subspan(1);
    return byte;
  }

  std::span<const std::uint8_t> rest_;
  bool failed_ = false;
};

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

Error damaged(std::string_view what) {
  return Error::io(fmt::format("the encoded histogram is damaged: {}; record it again", what));
}

/// Why a header is not one of ours; nothing when it is.
std::optional<Error> refuse_header(ByteReader& reader) {
  const auto cookie = reader.big_endian<std::uint32_t>();
  const auto length = reader.big_endian<std::uint32_t>();
  const auto offset = reader.big_endian<std::uint32_t>();
  const auto digits = reader.big_endian<std::uint32_t>();
  const auto lowest = reader.big_endian<std::uint64_t>();
  const auto highest = reader.big_endian<std::uint64_t>();
  const auto ratio = std::bit_cast<double>(reader.big_endian<std::uint64_t>());
  if (reader.failed()) {
    return damaged("its header is cut short");
  }
  if (cookie != plain_cookie) {
    return Error::io(
        fmt::format("the histogram has cookie {:#x}, which is not V2 ({:#x}); convert it with "
                    "HistogramLogProcessor",
                    cookie, plain_cookie));
  }
  if (offset != 0 || digits != Histogram::significant_digits || lowest != 1 ||
      highest != static_cast<std::uint64_t>(Histogram::highest_trackable.count()) || ratio != 1.0) {
    return Error::io(
        fmt::format("the histogram has values {} to {} with {} digits, offset {}, ratio {}; only "
                    "1 to {} ns with {} digits can be merged with ours",
                    lowest, highest, digits, offset, ratio, Histogram::highest_trackable.count(),
                    Histogram::significant_digits));
  }
  if (length != reader.rest().size()) {
    return damaged(fmt::format("{} bytes of counters instead of {}", reader.rest().size(), length));
  }
  return std::nullopt;
}

Result<Histogram> decode_plain(std::span<const std::uint8_t> bytes) {
  ByteReader reader{bytes};
  if (std::optional<Error> error = refuse_header(reader)) {
    return *std::move(error);
  }
  Histogram histogram;
  std::size_t index = 0;
  std::uint64_t samples = 0;
  while (!reader.rest().empty()) {
    const std::int64_t number = reader.zigzag();
    if (reader.failed()) {
      return damaged("its last counter is cut short");
    }
    const std::uint64_t room = Histogram::counter_count - index;
    // Negated as unsigned, because the lowest number has no positive counterpart.
    const std::uint64_t skipped = number < 0 ? ~static_cast<std::uint64_t>(number) + 1U : 1U;
    if (skipped > room) {
      return damaged(fmt::format("it has more than {} counters", Histogram::counter_count));
    }
    if (number > 0) {
      samples += static_cast<std::uint64_t>(number);
      if (samples > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return damaged("it counts more than 2^63 samples");
      }
      histogram.add_to_counter(index, static_cast<std::uint64_t>(number));
    }
    index += static_cast<std::size_t>(skipped);
  }
  return histogram;
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

Result<Histogram> decode_histogram(std::string_view base64) {
  const std::optional<Bytes> bytes = decode_base64(base64);
  if (!bytes) {
    return damaged("it is not base64");
  }
  ByteReader reader{*bytes};
  const auto cookie = reader.big_endian<std::uint32_t>();
  const auto length = reader.big_endian<std::uint32_t>();
  if (reader.failed()) {
    return damaged("it is cut short");
  }
  if (cookie != compressed_cookie) {
    return Error::io(
        fmt::format("the histogram has cookie {:#x}, which is not compressed V2 ({:#x}); convert "
                    "it with HistogramLogProcessor",
                    cookie, compressed_cookie));
  }
  if (length != reader.rest().size()) {
    return damaged(fmt::format("{} bytes instead of {}", reader.rest().size(), length));
  }
  Bytes plain(longest_payload);
  auto plain_length = static_cast<uLongf>(plain.size());
  const int status = uncompress(plain.data(), &plain_length, reader.rest().data(),
                                static_cast<uLong>(reader.rest().size()));
  if (status != Z_OK) {
    return damaged("it cannot be decompressed");
  }
  return decode_plain(std::span{plain}.first(plain_length));
}

}  // namespace queuemeter
