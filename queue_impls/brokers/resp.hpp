// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>

namespace queuemeter::queues {

/// Bytes on their way to a socket: appended at one end, consumed at the other. Grows to what is
/// needed once, and does not allocate after that. One thread.
class ByteBuffer {
 public:
  [[nodiscard]] std::string_view unread() const noexcept {
    return {bytes_.get() + begin_, end_ - begin_};
  }
  [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  /// Room for `count` more bytes, which `commit` makes part of the contents.
  [[nodiscard]] char* room(std::size_t count) {
    if (capacity_ - end_ < count) {
      make_room(count);
    }
    return bytes_.get() + end_;
  }
  void commit(std::size_t count) noexcept { end_ += count; }
  void append(std::string_view text) {
    std::memcpy(room(text.size()), text.data(), text.size());
    commit(text.size());
  }
  void consume(std::size_t count) noexcept {
    begin_ += count;
    if (begin_ == end_) {
      begin_ = end_ = 0;
    }
  }
  void clear() noexcept { begin_ = end_ = 0; }

 private:
  void make_room(std::size_t count);

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

/// Appends "$", `count` and the line's end, or "*" and so on.
inline void append_resp_count(ByteBuffer& out, char mark, std::uint64_t count) {
  constexpr std::size_t longest = 24;
  char* const begin = out.room(longest);
  *begin = mark;
  char* end = std::to_chars(begin + 1, begin + longest - 2, count).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out.commit(static_cast<std::size_t>(end - begin));
}

/// Appends one bulk string.
void append_resp_bulk(ByteBuffer& out, std::string_view text);

/// Appends one command: an array of bulk strings.
/// Source: Redis documentation, "RESP protocol spec", "Sending commands to a Redis server".
void append_resp_command(ByteBuffer& out, std::span<const std::string_view> words);
void append_resp_command(ByteBuffer& out, std::initializer_list<std::string_view> words);

/// One element of the RESP2 stream. An array is announced by its count; its elements follow.
struct RespItem {
  enum class Kind : std::uint8_t { simple, error, integer, bulk, array, nil };
  Kind kind = Kind::nil;
  std::int64_t number = 0;  ///< of an integer; how many elements of an array
  std::string_view text;    ///< of simple, error and bulk; valid until more bytes are received
};

/// What a peer may send at most; more is hostile or a mistake, and ends the connection.
struct RespLimits {
  std::size_t line_bytes = 4096;
  std::size_t bulk_bytes = std::size_t{1} << 20U;
  std::size_t array_elements = std::size_t{1} << 20U;
};

/// Reads the RESP2 stream of one connection piece by piece, wherever it is cut.
///
/// Strict: what RESP2 does not say, `malformed` it is, and stays. The buffer holds one element at
/// the most besides what one read brought, so the limits bound it. One thread.
class RespReader {
 public:
  enum class Status : std::uint8_t { item, incomplete, malformed };

  explicit RespReader(RespLimits limits = {}) : limits_{limits} {}

  /// Where received bytes go; at least one. Elements read before become invalid.
  [[nodiscard]] std::span<char> space();
  void received(std::size_t count) noexcept { buffer_.commit(count); }

  /// The next element, if it is whole.
  [[nodiscard]] Status next(RespItem& item);

  /// Begins a new stream.
  void reset() noexcept;
  [[nodiscard]] std::size_t buffered() const noexcept { return buffer_.size() - consumed_; }

 private:
  static constexpr std::size_t read_bytes = std::size_t{32} * 1024;

  [[nodiscard]] Status fail() noexcept;
  [[nodiscard]] Status read_bulk(RespItem& item, std::int64_t bytes, std::size_t line);

  RespLimits limits_;
  ByteBuffer buffer_;
  std::size_t consumed_ = 0;  // of buffer_: what `next` has handed out
  std::size_t scanned_ = 0;   // from consumed_ on: seen to hold no line's end
  bool malformed_ = false;
};

}  // namespace queuemeter::queues
