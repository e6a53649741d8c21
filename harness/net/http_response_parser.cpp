// SPDX-License-Identifier: Apache-2.0
#include "harness/net/http_response_parser.hpp"

#include "harness/net/http_text.hpp"

#include <algorithm>

namespace queuemeter {
namespace {

constexpr std::string_view version_prefix = "HTTP/1.";
constexpr std::size_t chunk_line_limit = 1024;
constexpr unsigned chunk_digit_limit = 15;  // keeps a size below 2^60

}  // namespace

std::size_t HttpResponseParser::feed(std::string_view bytes) noexcept {
  std::size_t used = 0;
  started_ = started_ || !bytes.empty();
  while (used < bytes.size() && !complete() && !failed()) {
    const std::string_view rest = bytes.substr(used);
    const std::size_t taken = take_stretch(rest);
    if (taken == 0) {
      step(rest.front());
    }
    used += std::max<std::size_t>(1, taken);
  }
  return used;
}

// What mostly comes in long stretches is not looked at state by state: names, values that do not
// matter, and bodies.
std::size_t HttpResponseParser::take_stretch(std::string_view bytes) noexcept {
  switch (state_) {
    case State::reason_phrase:
      return skip_text(bytes);
    case State::name:
      return take_name(bytes);
    case State::value:
      return field_ == Field::other ? skip_text(bytes) : 0;
    case State::body_until_close:
    case State::sized_body:
    case State::chunk_data:
      return take_body(bytes);
    default:
      return 0;
  }
}

std::size_t HttpResponseParser::skip_text(std::string_view bytes) noexcept {
  const std::size_t most = std::min(bytes.size(), head_limit - head_bytes_);
  std::size_t count = 0;
  while (count < most && is_http(bytes[count], HttpByte::text)) {
    ++count;
  }
  head_bytes_ += count;
  return count;
}

std::size_t HttpResponseParser::take_name(std::string_view bytes) noexcept {
  const std::size_t most = std::min(bytes.size(), head_limit - head_bytes_);
  std::size_t count = 0;
  while (count < most && is_http(bytes[count], HttpByte::token)) {
    if (name_length_ < name_.size()) {
      name_[name_length_] = lower_case(bytes[count]);
    }
    name_length_ = static_cast<std::uint8_t>(std::min<std::size_t>(name_length_ + 1U, 255U));
    ++count;
  }
  head_bytes_ += count;
  return count;
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

std::size_t HttpResponseParser::take_body(std::string_view bytes) noexcept {
  std::size_t taken = bytes.size();
  if (state_ != State::body_until_close) {
    taken = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, taken));
    remaining_ -= taken;
    if (remaining_ == 0) {
      state_ = state_ == State::sized_body ? State::complete : State::chunk_data_return;
    }
  }
  body_bytes_ += taken;
  if (kept_ != nullptr) {
    kept_->add_body(bytes.substr(0, taken));
  }
  return taken;
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
    } else if (!is_http(byte, HttpByte::text)) {
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
    if (!is_http(byte, HttpByte::digit) || (first && (byte < '1' || byte > '5'))) {
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
      fail();
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
  } else if (!is_http(byte, HttpByte::text)) {
    fail();
  } else if (state_ == State::value || (byte != ' ' && byte != '\t')) {
    state_ = State::value;
    keep_value(byte);
  }
}

void HttpResponseParser::start_name(char byte) noexcept {
  if (!is_http(byte, HttpByte::token)) {
    fail();
    return;
  }
  state_ = State::name;
  name_[0] = lower_case(byte);
  name_length_ = 1;
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
    } else if (kept_ != nullptr && kept_->begin_field(name)) {
      field_ = Field::kept;
    }
  }
  value_length_ = 0;
  state_ = State::value_start;
}

void HttpResponseParser::keep_value(char byte) noexcept {
  if (field_ == Field::other) {
    return;
  }
  if (field_ == Field::kept) {
    kept_->add_value(byte);
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
  const std::string_view value = without_blanks_around({value_.data(), value_length_});
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
    case Field::kept:
      kept_->end_field();
      break;
    case Field::other:
      break;
  }
}

void HttpResponseParser::end_content_length(std::string_view value) noexcept {
  std::uint64_t length = 0;
  if (value.empty() || value.size() > 18 || !is_all_http(value, HttpByte::digit)) {
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
    const std::string_view option = without_blanks_around(value.substr(0, comma));
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
    reset(to_head_ ? Asked::head : Asked::whole);
    started_ = true;
    head_bytes_ = head_bytes;
  } else if (to_head_ || status_ == 204 || status_ == 304) {
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
    if (!is_http(byte, HttpByte::text)) {
      fail();
    }
  } else if (position_ > 0 && (byte == ';' || byte == ' ' || byte == '\t')) {
    state_ = State::chunk_extension;
  } else {
    add_chunk_digit(byte);
  }
}

void HttpResponseParser::add_chunk_digit(char byte) noexcept {
  const char letter = lower_case(byte);
  const bool is_letter = letter >= 'a' && letter <= 'f';
  if ((!is_http(byte, HttpByte::digit) && !is_letter) || position_ == chunk_digit_limit) {
    fail();
    return;
  }
  const int digit = is_letter ? letter - 'a' + 10 : byte - '0';
  remaining_ = remaining_ * 16 + static_cast<std::uint64_t>(digit);
  ++position_;
}

}  // namespace queuemeter
