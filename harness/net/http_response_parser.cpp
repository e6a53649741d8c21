// SPDX-License-Identifier: Apache-2.0
#include "harness/net/http_response_parser.hpp"

#include <algorithm>

namespace queuemeter {
namespace {

constexpr std::string_view version_prefix = "HTTP/1.";
constexpr std::size_t chunk_line_limit = 1024;
constexpr unsigned chunk_digit_limit = 15;  // keeps a size below 2^60

bool is_digit(char byte) noexcept { return byte >= '0' && byte <= '9'; }

char lower(char byte) noexcept {
  return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
}

/// A `tchar` of RFC 9110, section 5.6.2.
bool is_token(char byte) noexcept {
  const char letter = lower(byte);
  return (letter >= 'a' && letter <= 'z') || is_digit(byte) ||
         (byte != '\0' && std::string_view{"!#$%&'*+-.^_`|~"}.find(byte) != std::string_view::npos);
}

/// Allowed inside a field value or a reason phrase: HTAB, SP, VCHAR, obs-text.
bool is_text(char byte) noexcept {
  const auto code = static_cast<unsigned char>(byte);
  return byte == '\t' || (code >= 0x20U && code != 0x7FU);
}

bool is_blank(char byte) noexcept { return byte == ' ' || byte == '\t'; }

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.back())) {
    text.remove_suffix(1);
  }
  while (!text.empty() && is_blank(text.front())) {
    text.remove_prefix(1);
  }
  return text;
}

bool equals_ignoring_case(std::string_view text, std::string_view lower_case) noexcept {
  return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                    [](char left, char right) { return lower(left) == right; });
}

}  // namespace

std::size_t HttpResponseParser::feed(std::string_view bytes) noexcept {
  std::size_t used = 0;
  started_ = started_ || !bytes.empty();
  while (used < bytes.size() && !complete() && !failed()) {
    const std::size_t skipped = skip_body(bytes.size() - used);
    if (skipped > 0) {
      used += skipped;
    } else {
      step(bytes[used]);
      ++used;
    }
  }
  return used;
}

void HttpResponseParser::end_of_stream() noexcept {
  if (state_ == State::body_until_close) {
    state_ = State::complete;
  } else if (state_ != State::complete) {
    fail();
  }
}

bool HttpResponseParser::keep_alive() const noexcept {
  return !until_close_ && !says_close_ && (!http_1_0_ || says_keep_alive_);
}

std::size_t HttpResponseParser::skip_body(std::size_t available) noexcept {
  if (state_ == State::body_until_close) {
    body_bytes_ += available;
    return available;
  }
  if (state_ != State::sized_body && state_ != State::chunk_data) {
    return 0;
  }
  const std::uint64_t skipped = std::min<std::uint64_t>(remaining_, available);
  remaining_ -= skipped;
  body_bytes_ += skipped;
  if (remaining_ == 0) {
    state_ = state_ == State::sized_body ? State::complete : State::chunk_data_return;
  }
  return static_cast<std::size_t>(skipped);
}

void HttpResponseParser::step(char byte) noexcept {
  switch (state_) {
    case State::status_line:
    case State::reason_phrase:
    case State::status_line_end:
      step_status_line(byte);
      break;
    case State::line_start:
    case State::name:
    case State::value_start:
    case State::value:
    case State::line_end:
    case State::head_end:
      step_header(byte);
      break;
    case State::chunk_size_start:
    case State::chunk_size:
    case State::chunk_extension:
    case State::chunk_size_end:
    case State::chunk_data_return:
    case State::chunk_data_end:
      step_chunk(byte);
      break;
    case State::sized_body:
    case State::chunk_data:
    case State::body_until_close:
    case State::complete:
    case State::failed:
      break;
  }
}

void HttpResponseParser::expect(char byte, char expected, State next) noexcept {
  state_ = byte == expected ? next : State::failed;
}

// "HTTP/1." digit SP 3 digits SP, then the reason phrase, which may be empty.
void HttpResponseParser::step_status_line(char byte) noexcept {
  if (++head_bytes_ > head_limit) {
    fail();
    return;
  }
  if (state_ == State::status_line_end) {
    expect(byte, '\n', State::line_start);
    return;
  }
  if (state_ == State::reason_phrase) {
    if (byte == '\r') {
      state_ = State::status_line_end;
    } else if (!is_text(byte)) {
      fail();
    }
    return;
  }
  const std::size_t position = position_++;
  if (position < version_prefix.size()) {
    expect(byte, version_prefix[position], State::status_line);
  } else if (position == version_prefix.size()) {
    http_1_0_ = byte == '0';
    state_ = byte == '0' || byte == '1' ? State::status_line : State::failed;
  } else if (position == version_prefix.size() + 1) {
    expect(byte, ' ', State::status_line);
  } else if (position < version_prefix.size() + 5) {
    const bool first = position == version_prefix.size() + 2;
    if (!is_digit(byte) || (first && (byte < '1' || byte > '5'))) {
      fail();
      return;
    }
    status_ = (first ? 0 : status_ * 10) + static_cast<unsigned>(byte - '0');
  } else {
    expect(byte, ' ', State::reason_phrase);
  }
}

void HttpResponseParser::step_header(char byte) noexcept {
  if (++head_bytes_ > head_limit) {
    fail();
    return;
  }
  if (state_ == State::line_start) {
    if (byte == '\r') {
      state_ = State::head_end;
    } else {
      start_name(byte);  // a folded line starts with a blank, which is no token
    }
  } else if (state_ == State::name) {
    if (byte == ':') {
      end_name();
    } else {
      start_name(byte);
    }
  } else if (state_ == State::line_end) {
    expect(byte, '\n', State::line_start);
  } else if (state_ == State::head_end) {
    if (byte != '\n') {
      fail();
    } else if (in_trailer_) {
      state_ = State::complete;
    } else {
      end_head();
    }
  } else if (byte == '\r') {
    end_field();
  } else if (!is_text(byte)) {
    fail();
  } else if (state_ == State::value || !is_blank(byte)) {
    state_ = State::value;
    keep_value(byte);
  }
}

void HttpResponseParser::start_name(char byte) noexcept {
  if (!is_token(byte)) {
    fail();
    return;
  }
  if (state_ == State::line_start) {
    state_ = State::name;
    name_length_ = 0;
  }
  if (name_length_ < name_.size()) {
    name_[name_length_] = lower(byte);
  }
  if (name_length_ <= name_.size()) {
    ++name_length_;
  }
}

void HttpResponseParser::end_name() noexcept {
  field_ = Field::other;
  if (name_length_ <= name_.size() && !in_trailer_) {
    const std::string_view name{name_.data(), name_length_};
    if (name == "content-length") {
      field_ = Field::content_length;
    } else if (name == "transfer-encoding") {
      field_ = Field::transfer_encoding;
    } else if (name == "connection") {
      field_ = Field::connection;
    }
  }
  value_length_ = 0;
  state_ = State::value_start;
}

void HttpResponseParser::keep_value(char byte) noexcept {
  if (field_ == Field::other) {
    return;
  }
  if (value_length_ == value_.size()) {
    fail();  // no honest value of a field that matters is that long
    return;
  }
  value_[value_length_++] = byte;
}

void HttpResponseParser::end_field() noexcept {
  state_ = State::line_end;
  const std::string_view value = trimmed({value_.data(), value_length_});
  switch (field_) {
    case Field::content_length:
      end_content_length(value);
      break;
    case Field::transfer_encoding:
      // A second one, or a coding we cannot undo, leaves the end of the body in doubt.
      if (chunked_ || http_1_0_ || !equals_ignoring_case(value, "chunked")) {
        fail();
      }
      chunked_ = true;
      break;
    case Field::connection:
      end_connection(value);
      break;
    case Field::other:
      break;
  }
}

void HttpResponseParser::end_content_length(std::string_view value) noexcept {
  std::uint64_t length = 0;
  if (value.empty() || value.size() > 18 || !std::all_of(value.begin(), value.end(), is_digit)) {
    fail();
    return;
  }
  for (const char digit : value) {
    length = length * 10 + static_cast<unsigned>(digit - '0');
  }
  if (has_length_ && length != length_) {
    fail();
  }
  has_length_ = true;
  length_ = length;
}

void HttpResponseParser::end_connection(std::string_view value) noexcept {
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::string_view option = trimmed(value.substr(0, comma));
    says_close_ = says_close_ || equals_ignoring_case(option, "close");
    says_keep_alive_ = says_keep_alive_ || equals_ignoring_case(option, "keep-alive");
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
}

void HttpResponseParser::end_head() noexcept {
  constexpr unsigned switching_protocols = 101;
  if ((chunked_ && has_length_) || status_ == switching_protocols) {
    fail();  // one of two lengths would be a lie; we never asked for another protocol
  } else if (status_ < 200) {
    // Interim: the answer is still to come. The head limit goes on counting.
    const std::size_t head_bytes = head_bytes_;
    reset();
    started_ = true;
    head_bytes_ = head_bytes;
  } else if (status_ == 204 || status_ == 304) {
    state_ = State::complete;
  } else if (chunked_) {
    state_ = State::chunk_size_start;
  } else if (has_length_) {
    remaining_ = length_;
    state_ = length_ == 0 ? State::complete : State::sized_body;
  } else {
    until_close_ = true;
    state_ = State::body_until_close;
  }
}

void HttpResponseParser::step_chunk(char byte) noexcept {
  if (state_ == State::chunk_data_return) {
    expect(byte, '\r', State::chunk_data_end);
    return;
  }
  if (state_ == State::chunk_data_end) {
    expect(byte, '\n', State::chunk_size_start);
    return;
  }
  if (state_ == State::chunk_size_start) {
    remaining_ = 0;
    position_ = 0;
    line_bytes_ = 0;
    state_ = State::chunk_size;
  }
  if (++line_bytes_ > chunk_line_limit) {
    fail();
  } else if (state_ == State::chunk_size_end) {
    expect(byte, '\n', State::chunk_data);
    if (!failed() && remaining_ == 0) {
      in_trailer_ = true;
      state_ = State::line_start;
    }
  } else if (byte == '\r' && position_ > 0) {
    state_ = State::chunk_size_end;
  } else if (state_ == State::chunk_extension) {
    if (!is_text(byte)) {
      fail();
    }
  } else if (position_ > 0 && (byte == ';' || is_blank(byte))) {
    state_ = State::chunk_extension;
  } else {
    add_chunk_digit(byte);
  }
}

void HttpResponseParser::add_chunk_digit(char byte) noexcept {
  const char letter = lower(byte);
  const bool is_letter = letter >= 'a' && letter <= 'f';
  if ((!is_digit(byte) && !is_letter) || position_ == chunk_digit_limit) {
    fail();
    return;
  }
  const int digit = is_letter ? letter - 'a' + 10 : byte - '0';
  remaining_ = remaining_ * 16 + static_cast<std::uint64_t>(digit);
  ++position_;
}

}  // namespace queuemeter
