// SPDX-License-Identifier: Apache-2.0
// HdrHistogram's encodings V0, V1 and V2, plain and compressed. Source: HdrHistogram 2.1.11 (Java),
// AbstractHistogram.decodeFromByteBuffer, decodeFromCompressedByteBuffer and
// fillCountsArrayFromSourceBuffer; ZigZagEncoding.
#include "harness/measure/base64.hpp"
#include "harness/measure/histogram_log.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

namespace queuemeter {

namespace {

using Bytes = std::vector<std::uint8_t>;

/// Ten years of formats. The cookie's second lowest nibble is the size of a counter's word, in
/// bytes: 2, 4 or 8. V2 has numbers of variable length instead, and a 1 there.
enum class Version { v0, v1, v2 };
struct Cookie {
  std::uint32_t base;
  Version version;
  bool is_compressed;
};
constexpr std::array cookies{
    Cookie{0x1c849308, Version::v0, false}, Cookie{0x1c849309, Version::v0, true},
    Cookie{0x1c849301, Version::v1, false}, Cookie{0x1c849302, Version::v1, true},
    Cookie{0x1c849303, Version::v2, false}, Cookie{0x1c849304, Version::v2, true}};
constexpr std::uint32_t word_size_bits = 0xf0;

constexpr std::size_t longest_header = 40;
constexpr std::size_t longest_number = 9;
/// No encoding of a histogram with our counters is longer.
constexpr std::size_t longest_payload = longest_header + longest_number * Histogram::counter_count;

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

  /// A signed word of 2, 4 or 8 bytes.
  std::int64_t word(std::size_t bytes) {
    switch (bytes) {
      case 2:
        return static_cast<std::int16_t>(big_endian<std::uint16_t>());
      case 4:
        return static_cast<std::int32_t>(big_endian<std::uint32_t>());
      default:
        return static_cast<std::int64_t>(big_endian<std::uint64_t>());
    }
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

Error damaged(std::string_view what) {
  return Error::io(fmt::format("the encoded histogram is damaged: {}; record it again", what));
}

const Cookie* find_cookie(std::uint32_t number) {
  for (const Cookie& cookie : cookies) {
    if ((number & ~word_size_bits) == cookie.base) {
      return &cookie;
    }
  }
  return nullptr;
}

/// What the header of a payload says; the counters follow it.
struct Header {
  Version version = Version::v2;
  std::size_t word_bytes = 0;           // of a counter, before V2
  std::optional<std::uint32_t> length;  // of the counters, in bytes; V0 does not say
  std::uint32_t offset = 0;
  std::uint32_t digits = 0;
  std::uint64_t lowest = 0;
  std::uint64_t highest = 0;
  double ratio = 1.0;
};

Result<Header> read_header(ByteReader& reader) {
  const auto number = reader.big_endian<std::uint32_t>();
  const Cookie* const cookie = find_cookie(number);
  if (!reader.failed() && (cookie == nullptr || cookie->is_compressed)) {
    return Error::io(
        fmt::format("the histogram has cookie {:#x}, which is none of HdrHistogram's V0, V1 and "
                    "V2; convert it with HistogramLogProcessor",
                    number));
  }
  Header header;
  if (cookie != nullptr && cookie->version == Version::v0) {
    header.version = Version::v0;
    header.digits = reader.big_endian<std::uint32_t>();
    header.lowest = reader.big_endian<std::uint64_t>();
    header.highest = reader.big_endian<std::uint64_t>();
    reader.big_endian<std::uint64_t>();  // the total, which overflows may have made wrong
  } else {
    header.version = cookie == nullptr ? Version::v2 : cookie->version;
    header.length = reader.big_endian<std::uint32_t>();
    header.offset = reader.big_endian<std::uint32_t>();
    header.digits = reader.big_endian<std::uint32_t>();
    header.lowest = reader.big_endian<std::uint64_t>();
    header.highest = reader.big_endian<std::uint64_t>();
    header.ratio = std::bit_cast<double>(reader.big_endian<std::uint64_t>());
  }
  if (reader.failed()) {
    return damaged("its header is cut short");
  }
  // The lowest bit of the nibble is not part of the size.
  header.word_bytes = (number & word_size_bits) >> 4U & 0xEU;
  return header;
}

/// Why counters with this header cannot be read; nothing when they can.
std::optional<Error> refuse(const Header& header, std::size_t bytes_left) {
  constexpr auto our_highest = static_cast<std::uint64_t>(Histogram::highest_trackable.count());
  if (header.offset != 0 || header.digits != Histogram::significant_digits || header.lowest != 1 ||
      header.highest != our_highest || header.ratio != 1.0) {
    return Error::io(
        fmt::format("the histogram has values {} to {} with {} digits, offset {}, ratio {}; only "
                    "1 to {} ns with {} digits can be merged with ours",
                    header.lowest, header.highest, header.digits, header.offset, header.ratio,
                    our_highest, Histogram::significant_digits));
  }
  if (header.length && *header.length != bytes_left) {
    return damaged(fmt::format("{} bytes of counters instead of {}", bytes_left, *header.length));
  }
  const bool has_words = header.version != Version::v2;
  if (has_words && header.word_bytes != 2 && header.word_bytes != 4 && header.word_bytes != 8) {
    return damaged(fmt::format("its counters are of {} bytes, not 2, 4 or 8", header.word_bytes));
  }
  if (has_words && bytes_left % header.word_bytes != 0) {
    return damaged("its last counter is cut short");
  }
  return std::nullopt;
}

Result<Histogram> decode_plain(std::span<const std::uint8_t> bytes) {
  ByteReader reader{bytes};
  const Result<Header> header = read_header(reader);
  if (!header) {
    return header.error();
  }
  if (std::optional<Error> error = refuse(*header, reader.rest().size())) {
    return *std::move(error);
  }
  Histogram histogram;
  std::size_t index = 0;
  std::uint64_t samples = 0;
  while (!reader.rest().empty()) {
    const bool has_runs = header->version == Version::v2;
    const std::int64_t number = has_runs ? reader.zigzag() : reader.word(header->word_bytes);
    if (reader.failed()) {
      return damaged("its last counter is cut short");
    }
    if (number < 0 && !has_runs) {
      return damaged(fmt::format("its counter {} is negative", index));
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

/// `reader` is behind the cookie: a length, then a zlib stream of a plain payload.
Result<Histogram> decode_compressed(ByteReader& reader, Version version) {
  const auto length = reader.big_endian<std::uint32_t>();
  if (reader.failed()) {
    return damaged("it is cut short");
  }
  if (length != reader.rest().size()) {
    return damaged(fmt::format("{} bytes instead of {}", reader.rest().size(), length));
  }
  Bytes plain(longest_payload);
  auto plain_length = static_cast<uLongf>(plain.size());
  const int status = uncompress(plain.data(), &plain_length, reader.rest().data(),
                                static_cast<uLong>(reader.rest().size()));
  if (status == Z_BUF_ERROR) {
    return damaged(fmt::format("it is cut short, or longer than {} counters can be",
                               Histogram::counter_count));
  }
  if (status != Z_OK) {
    return damaged("it cannot be decompressed");
  }
  const std::span<const std::uint8_t> payload = std::span{plain}.first(plain_length);
  ByteReader inside{payload};
  const Cookie* const cookie = find_cookie(inside.big_endian<std::uint32_t>());
  if (cookie != nullptr && !inside.failed() && cookie->version != version) {
    return damaged("what is compressed is of another version than its envelope");
  }
  return decode_plain(payload);
}

}  // namespace

Result<Histogram> decode_histogram(std::string_view base64) {
  const std::optional<Bytes> bytes = decode_base64(base64);
  if (!bytes) {
    return damaged("it is not base64");
  }
  ByteReader reader{*bytes};
  const auto number = reader.big_endian<std::uint32_t>();
  if (reader.failed()) {
    return damaged("it is cut short");
  }
  const Cookie* const cookie = find_cookie(number);
  return cookie != nullptr && cookie->is_compressed ? decode_compressed(reader, cookie->version)
                                                    : decode_plain(*bytes);
}

}  // namespace queuemeter
