// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/net/kept_answer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace queuemeter {

/// Reads one HTTP/1.x response at a time, in whatever pieces it arrives.
///
/// Strict, because a reply that is only nearly HTTP is a wrong answer and must be counted as one:
/// lines end with CR LF, header names are tokens, folded lines and control characters are refused,
/// and so is whatever leaves the length of the body in doubt. The body is counted, and kept only
/// where somebody asks. Never allocates by itself. One thread.
/// Source: RFC 9112 (message syntax, body length in section 6.3), RFC 9110 (field values).
class HttpResponseParser {
 public:
  /// Bytes of status line and header lines (interim responses and trailers included) at the most.
  static constexpr std::size_t head_limit = std::size_t{16} * 1024;

  /// What the request asked for: an answer to HEAD has the head of one that has a body, and none.
  enum class Asked : std::uint8_t { whole, head };

  HttpResponseParser() = default;
  /// Keeps parts of each answer in `kept`, which must outlive the parser; null: keeps nothing.
  explicit HttpResponseParser(KeptAnswer* kept) noexcept : kept_{kept} {}

  /// Forgets everything but whom it keeps parts for; ready for the next response.
  void reset(Asked asked = Asked::whole) noexcept {
    *this = HttpResponseParser{kept_};
    to_head_ = asked == Asked::head;
    if (kept_ != nullptr) {
      kept_->clear();
    }
  }

  /// Reads bytes until the response is complete or found faulty; returns how many were used.
  [[nodiscard]] std::size_t feed(std::string_view bytes) noexcept;
  /// The peer has closed its side: completes a body that lasts until then, else it is a fault.
  void end_of_stream() noexcept;

  /// At least one byte was read since `reset`.
  [[nodiscard]] bool started() const noexcept { return started_; }
  [[nodiscard]] bool complete() const noexcept { return state_ == State::complete; }
  [[nodiscard]] bool failed() const noexcept { return state_ == State::failed; }
  /// The status code, of a complete response.
  [[nodiscard]] unsigned status() const noexcept { return status_; }
  /// The connection may carry another request after this complete response.
  [[nodiscard]] bool keep_alive() const noexcept;
  [[nodiscard]] std::uint64_t body_bytes() const noexcept { return body_bytes_; }

 private:
  enum class State : std::uint8_t {
    status_line,
    reason_phrase,
    status_line_end,
    line_start,
    name,
    value_start,
    value,
    line_end,
    head_end,
    sized_body,
    body_until_close,
    chunk_size_start,
    chunk_size,
    chunk_extension,
    chunk_size_end,
    chunk_data,
    chunk_data_return,
    chunk_data_end,
    complete,
    failed
  };
  enum class Field : std::uint8_t { other, content_length, transfer_encoding, connection, kept };

  void step(char byte) noexcept;
  void step_status_line(char byte) noexcept;
  void step_header(char byte) noexcept;
  void step_chunk(char byte) noexcept;
  [[nodiscard]] std::size_t take_stretch(std::string_view bytes) noexcept;
  [[nodiscard]] std::size_t skip_text(std::string_view bytes) noexcept;
  [[nodiscard]] std::size_t take_name(std::string_view bytes) noexcept;
  [[nodiscard]] std::size_t take_body(std::string_view bytes) noexcept;
  void expect(char byte, char expected, State next) noexcept;
  void start_name(char byte) noexcept;
  void end_name() noexcept;
  void keep_value(char byte) noexcept;
  void end_field() noexcept;
  void end_content_length(std::string_view value) noexcept;
  void end_connection(std::string_view value) noexcept;
  void end_head() noexcept;
  void add_chunk_digit(char byte) noexcept;
  void fail() noexcept { state_ = State::failed; }

  KeptAnswer* kept_ = nullptr;
  State state_ = State::status_line;
  Field field_ = Field::other;
  bool started_ = false;
  bool http_1_0_ = false;
  bool chunked_ = false;
  bool has_length_ = false;
  bool until_close_ = false;
  bool says_close_ = false;
  bool says_keep_alive_ = false;
  bool in_trailer_ = false;
  bool to_head_ = false;
  std::uint8_t position_ = 0;     // in the fixed part of the status line, or of a chunk size
  std::uint8_t name_length_ = 0;  // saturates beyond the buffer
  std::uint8_t value_length_ = 0;
  unsigned status_ = 0;
  std::size_t head_bytes_ = 0;
  std::size_t line_bytes_ = 0;    // of a chunk-size line
  std::uint64_t remaining_ = 0;   // of the sized body or the chunk
  std::uint64_t length_ = 0;      // Content-Length
  std::uint64_t body_bytes_ = 0;  // seen so far
  std::array<char, 20> name_{};   // as long as the names that matter; lower case
  std::array<char, 120> value_{};
};

}  // namespace queuemeter
