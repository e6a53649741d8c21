// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/net/http_request.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace queuemeter {

/// How large a request may be.
struct HttpRequestLimits {
  std::size_t target = 8000;                    ///< bytes; beyond it 414
  std::size_t head = std::size_t{16} * 1024;    ///< bytes, trailers included; beyond it 431
  std::size_t fields = 100;                     ///< beyond it 431
  std::size_t body = std::size_t{1024} * 1024;  ///< bytes, at most 1 GiB; beyond it 413
};

/// Reads one HTTP/1.x request at a time, in whatever pieces it arrives.
///
/// Strict, because two servers that read one request differently can be played against each other:
/// lines end with CR LF, field names are tokens right before their colon, folded lines and control
/// characters are refused, and so is whatever leaves the length of the body in doubt: two lengths,
/// a length beside chunks, chunks in HTTP/1.0, another coding. Every refusal has a status.
///
/// It works on the text in place, so that a request that arrives in one piece is not copied; what
/// it notes are offsets, so that the text may move. Never allocates. One thread.
/// Source: RFC 9112 (message syntax, body length in section 6.3), RFC 9110 (fields, Host, Expect).
class HttpRequestParser {
 public:
  explicit HttpRequestParser(const HttpRequestLimits& limits) noexcept : limits_{&limits} {}

  enum class Progress : std::uint8_t { incomplete, complete, refused };

  /// Reads on. `text` holds what was kept of the request so far, and the new bytes behind it.
  /// Chunks are put together in place: what is incomplete ends at `kept()`, and the next bytes
  /// belong there.
  [[nodiscard]] Progress parse(std::span<char> text) noexcept;
  /// Forgets everything; ready for the next request.
  void reset() noexcept { *this = HttpRequestParser{*limits_}; }

  /// Of an incomplete request: how much of the text is still needed.
  [[nodiscard]] std::size_t kept() const noexcept { return kept_; }
  /// Of a complete request: how much of the text it took. The rest is the next request.
  [[nodiscard]] std::size_t end() const noexcept { return position_; }
  /// Of a refused request: what to answer (400, 413, 414, 417, 431, 501 or 505).
  [[nodiscard]] unsigned refusal() const noexcept { return refusal_; }

  [[nodiscard]] bool has_head() const noexcept { return state_ >= State::sized_body; }
  /// The client waits for "100 Continue" before it sends the body.
  [[nodiscard]] bool wants_continue() const noexcept { return wants_continue_ && !is_http_1_0_; }

  /// The views of a complete request into its text; `received_at` and `peer` are left open.
  [[nodiscard]] HttpRequest request(std::span<const char> text) const noexcept;

 private:
  // In the order in which they are passed.
  enum class State : std::uint8_t {
    request_line,
    fields,
    sized_body,
    chunk_line,
    chunk_data,
    chunk_end,
    trailers,
    complete,
    refused
  };

  [[nodiscard]] std::optional<std::string_view> next_line(std::span<const char> text) noexcept;
  [[nodiscard]] std::size_t line_limit() const noexcept;
  void refuse(unsigned status) noexcept;
  void step(std::string_view line) noexcept;
  void read_request_line(std::string_view line) noexcept;
  void read_target(std::string_view method, std::string_view target, std::size_t at) noexcept;
  void read_version(std::string_view version) noexcept;
  void read_field(std::string_view line) noexcept;
  void read_field_of_meaning(std::string_view name, std::string_view value) noexcept;
  void read_length(std::string_view value) noexcept;
  void read_coding(std::string_view value) noexcept;
  void read_host(std::string_view value) noexcept;
  void end_head() noexcept;
  void read_chunk_line(std::string_view line) noexcept;
  [[nodiscard]] bool move_chunk(std::span<char> text) noexcept;
  void close_gap(std::span<char> text) noexcept;

  const HttpRequestLimits* limits_;
  std::uint64_t remaining_ = 0;  // of the sized body or of the chunk
  std::uint32_t position_ = 0;   // everything before it has been read
  std::uint32_t scanned_ = 0;    // no line ends between `position_` and here
  std::uint32_t kept_ = 0;
  std::uint32_t target_at_ = 0;
  std::uint32_t fields_at_ = 0;
  std::uint32_t fields_end_ = 0;
  std::uint32_t body_at_ = 0;
  std::uint32_t body_bytes_ = 0;     // put together so far
  std::uint32_t framing_bytes_ = 0;  // of chunk extensions and trailers
  std::uint16_t method_bytes_ = 0;
  std::uint16_t method_at_ = 0;
  std::uint16_t target_bytes_ = 0;
  std::uint16_t refusal_ = 0;
  std::uint16_t field_count_ = 0;
  State state_ = State::request_line;
  bool is_http_1_0_ = false;
  bool has_host_ = false;
  bool has_length_ = false;
  bool is_chunked_ = false;
  bool says_close_ = false;
  bool says_keep_alive_ = false;
  bool wants_continue_ = false;
  bool target_is_root_ = false;  // an absolute target without a path
};

}  // namespace queuemeter
