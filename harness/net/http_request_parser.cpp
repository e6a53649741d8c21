// SPDX-License-Identifier: Apache-2.0
#include "harness/net/http_request_parser.hpp"

#include <algorithm>
#include <cstring>

namespace queuemeter {
namespace {

constexpr unsigned bad_request = 400;
constexpr unsigned content_too_large = 413;
constexpr unsigned uri_too_long = 414;
constexpr unsigned expectation_failed = 417;
constexpr unsigned fields_too_large = 431;
constexpr unsigned not_implemented = 501;
constexpr unsigned version_not_supported = 505;

constexpr std::size_t longest_method = 32;
constexpr std::size_t request_line_besides = longest_method + sizeof "  HTTP/1.1";
constexpr std::size_t longest_chunk_line = 256;
constexpr std::size_t most_chunk_digits = 15;  // keeps a size below 2^60

std::uint32_t offset(std::size_t bytes) noexcept { return static_cast<std::uint32_t>(bytes); }

std::uint64_t hex_value(std::string_view digits) noexcept {
  std::uint64_t value = 0;
  for (const char digit : digits) {
    const char letter = lower_case(digit);
    value = value * 16 + static_cast<std::uint64_t>(
                             is_http(digit, HttpByte::digit) ? digit - '0' : letter - 'a' + 10);
  }
  return value;
}

/// Only bytes of a URI, and every per cent sign begins an escape.
bool is_uri(std::string_view text) noexcept {
  if (!is_all_http(text, HttpByte::uri)) {
    return false;
  }
  for (std::size_t at = text.find('%'); at < text.size(); at = text.find('%', at + 1)) {
    if (text.size() - at < 3 || !is_all_http(text.substr(at + 1, 2), HttpByte::hex)) {
      return false;
    }
  }
  return true;
}

/// What may stand behind "Host:" and between "http://" and the path: a host, perhaps a port.
bool is_host_and_port(std::string_view text) noexcept {
  if (text.find_first_of("/?@") != std::string_view::npos || !is_uri(text)) {
    return false;
  }
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == std::string_view::npos) {
    return false;
  }
  const std::string_view behind = text.substr(bracket);
  const std::size_t colon = behind.find(':');
  return colon == std::string_view::npos || is_all_http(behind.substr(colon + 1), HttpByte::digit);
}

}  // namespace

HttpRequestParser::Progress HttpRequestParser::parse(std::span<char> text) noexcept {
  while (state_ != State::complete && state_ != State::refused) {
    if (state_ == State::sized_body) {
      if (text.size() - body_at_ < remaining_) {
        kept_ = offset(text.size());
        return Progress::incomplete;
      }
      body_bytes_ = offset(static_cast<std::size_t>(remaining_));
      position_ = body_at_ + body_bytes_;
      state_ = State::complete;
    } else if (state_ == State::chunk_data) {
      if (!move_chunk(text)) {
        close_gap(text);
        return Progress::incomplete;
      }
    } else if (const auto line = next_line(text)) {
      step(*line);
    } else if (state_ != State::refused) {
      close_gap(text);
      return Progress::incomplete;
    }
  }
  return state_ == State::complete ? Progress::complete : Progress::refused;
}

HttpRequest HttpRequestParser::request(std::span<const char> text) const noexcept {
  const std::string_view all{text.data(), text.size()};
  HttpRequest request;
  request.method = all.substr(method_at_, method_bytes_);
  request.target = target_is_root_ ? std::string_view{"/"} : all.substr(target_at_, target_bytes_);
  request.fields = HttpFields{all.substr(fields_at_, fields_end_ - fields_at_)};
  request.body = all.substr(body_at_, body_bytes_);
  request.is_http_1_0 = is_http_1_0_;
  request.keep_alive = !says_close_ && (!is_http_1_0_ || says_keep_alive_);
  return request;
}

void HttpRequestParser::refuse(unsigned status) noexcept {
  state_ = State::refused;
  refusal_ = static_cast<std::uint16_t>(status);
}

/// How long a line may be here, without its end.
std::size_t HttpRequestParser::line_limit() const noexcept {
  const std::size_t line_end = 2;
  const std::size_t taken = fields_end_ + framing_bytes_ + line_end;
  switch (state_) {
    case State::request_line:
      return limits_->target + request_line_besides;
    case State::chunk_line:
      return longest_chunk_line;
    case State::chunk_end:
      return 0;
    default:
      return limits_->head - std::min(limits_->head, taken);
  }
}

/// The line at `position_`, without its end; nothing when it is not whole yet, or was refused.
std::optional<std::string_view> HttpRequestParser::next_line(std::span<const char> text) noexcept {
  const std::string_view all{text.data(), text.size()};
  const std::size_t feed = all.find('\n', scanned_);
  const std::size_t bytes = std::min(feed, all.size()) - position_;
  if (bytes > line_limit() + 1) {  // 1 for the CR
    const bool in_chunks = state_ == State::chunk_line || state_ == State::chunk_end;
    refuse(state_ == State::request_line ? uri_too_long
           : in_chunks                   ? bad_request
                                         : fields_too_large);
    return std::nullopt;
  }
  scanned_ = offset(all.size());
  if (feed == std::string_view::npos) {
    return std::nullopt;
  }
  if (bytes == 0 || all[feed - 1] != '\r') {
    refuse(bad_request);
    return std::nullopt;
  }
  const std::string_view line = all.substr(position_, bytes - 1);
  position_ = offset(feed + 1);
  scanned_ = position_;
  return line;
}

void HttpRequestParser::step(std::string_view line) noexcept {
  switch (state_) {
    case State::request_line:
      read_request_line(line);
      break;
    case State::fields:
      if (line.empty()) {
        end_head();
      } else {
        read_field(line);
        fields_end_ = position_;
      }
      break;
    case State::chunk_line:
      read_chunk_line(line);
      break;
    case State::chunk_end:
      state_ = State::chunk_line;  // the line is empty: any byte would have been too long
      break;
    case State::trailers:
      framing_bytes_ += offset(line.size() + 2);
      if (line.empty()) {
        state_ = State::complete;
      } else {
        read_field(line);
      }
      break;
    default:
      break;
  }
}

// method SP target SP version. One empty line before it is forgiven (RFC 9112, section 2.2).
void HttpRequestParser::read_request_line(std::string_view line) noexcept {
  const std::size_t line_at = position_ - line.size() - 2;
  if (line.empty() && line_at == 0) {
    return;
  }
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  const std::string_view method = line.substr(0, first);
  if (method.empty() || first == last || !is_all_http(method, HttpByte::token)) {
    refuse(bad_request);
    return;
  }
  if (method.size() > longest_method || method == "CONNECT") {
    refuse(not_implemented);  // we are nobody's tunnel
    return;
  }
  method_at_ = static_cast<std::uint16_t>(line_at);
  method_bytes_ = static_cast<std::uint16_t>(method.size());
  fields_at_ = position_;
  fields_end_ = position_;
  state_ = State::fields;
  read_version(line.substr(last + 1));
  if (state_ == State::fields) {
    read_target(method, line.substr(first + 1, last - first - 1), line_at + first + 1);
  }
}

void HttpRequestParser::read_version(std::string_view version) noexcept {
  constexpr std::string_view name = "HTTP/";
  if (version.size() != name.size() + 3 || !version.starts_with(name) || version[6] != '.' ||
      !is_http(version[5], HttpByte::digit) || !is_http(version[7], HttpByte::digit)) {
    refuse(bad_request);
  } else if (version[5] != '1') {
    refuse(version_not_supported);
  } else {
    is_http_1_0_ = version[7] == '0';  // any later minor version is read as 1.1
  }
}

void HttpRequestParser::read_target(std::string_view method, std::string_view target,
                                    std::size_t at) noexcept {
  constexpr std::string_view scheme = "http://";
  if (target.size() > limits_->target) {
    refuse(uri_too_long);
    return;
  }
  std::size_t skipped = 0;
  if (equals_ignoring_case(target.substr(0, scheme.size()), scheme)) {
    skipped = std::min(target.find_first_of("/?", scheme.size()), target.size());
    const std::string_view host = target.substr(scheme.size(), skipped - scheme.size());
    if (host.empty() || !is_host_and_port(host)) {
      refuse(bad_request);
      return;
    }
  }
  const std::string_view rest = target.substr(skipped);
  target_is_root_ = skipped > 0 && rest.empty();
  const bool is_origin = rest.starts_with('/') && is_uri(rest);
  const bool is_asterisk = target == "*" && method == "OPTIONS";
  if (!is_origin && !is_asterisk && !target_is_root_) {
    refuse(bad_request);
    return;
  }
  target_at_ = offset(at + skipped);
  target_bytes_ = static_cast<std::uint16_t>(rest.size());
}

void HttpRequestParser::read_field(std::string_view line) noexcept {
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == std::string_view::npos || name.empty() || !is_all_http(name, HttpByte::token) ||
      !is_all_http(line.substr(colon + 1), HttpByte::text)) {
    refuse(bad_request);  // a folded line begins with a blank, which is no token
  } else if (++field_count_ > limits_->fields) {
    refuse(fields_too_large);
  } else if (state_ == State::fields) {
    read_field_of_meaning(name, without_blanks_around(line.substr(colon + 1)));
  }
}

void HttpRequestParser::read_field_of_meaning(std::string_view name,
                                              std::string_view value) noexcept {
  if (equals_ignoring_case(name, "host")) {
    read_host(value);
  } else if (equals_ignoring_case(name, "content-length")) {
    read_length(value);
  } else if (equals_ignoring_case(name, "transfer-encoding")) {
    read_coding(value);
  } else if (equals_ignoring_case(name, "connection")) {
    for_each_in_list(value, [this](std::string_view option) {
      says_close_ = says_close_ || equals_ignoring_case(option, "close");
      says_keep_alive_ = says_keep_alive_ || equals_ignoring_case(option, "keep-alive");
    });
  } else if (equals_ignoring_case(name, "expect")) {
    wants_continue_ = equals_ignoring_case(value, "100-continue");
    if (!wants_continue_) {
      refuse(expectation_failed);
    }
  }
}

void HttpRequestParser::read_host(std::string_view value) noexcept {
  if (has_host_ || !is_host_and_port(value)) {
    refuse(bad_request);
  }
  has_host_ = true;
}

void HttpRequestParser::read_length(std::string_view value) noexcept {
  if (has_length_ || value.empty() || !is_all_http(value, HttpByte::digit)) {
    refuse(bad_request);  // a second one is refused even when it says the same
    return;
  }
  has_length_ = true;
  for (const char digit : value) {
    remaining_ = remaining_ * 10 + static_cast<std::uint64_t>(digit - '0');
    if (remaining_ > limits_->body) {
      refuse(content_too_large);
      return;
    }
  }
}

void HttpRequestParser::read_coding(std::string_view value) noexcept {
  if (is_chunked_ || is_http_1_0_) {
    refuse(bad_request);  // a second one, or one that HTTP/1.0 does not know
    return;
  }
  is_chunked_ = true;
  if (equals_ignoring_case(value, "chunked")) {
    return;
  }
  // Codings we cannot undo are not implemented; where chunks are not the last one, or come twice,
  // the end of the body is in doubt.
  std::size_t chunked = 0;
  std::string_view last;
  for_each_in_list(value, [&](std::string_view coding) {
    chunked += equals_ignoring_case(coding, "chunked") ? 1U : 0U;
    last = coding;
  });
  const bool has_an_end = chunked == 1 && equals_ignoring_case(last, "chunked");
  refuse(has_an_end || (chunked == 0 && !last.empty()) ? not_implemented : bad_request);
}

void HttpRequestParser::end_head() noexcept {
  body_at_ = position_;
  if ((!has_host_ && !is_http_1_0_) || (is_chunked_ && has_length_)) {
    refuse(bad_request);
  } else if (is_chunked_) {
    state_ = State::chunk_line;
  } else {
    state_ = State::sized_body;
  }
}

// Hexadecimal digits, then perhaps blanks and an extension, which we ignore (RFC 9112, 7.1.1).
void HttpRequestParser::read_chunk_line(std::string_view line) noexcept {
  const auto behind = std::find_if_not(line.begin(), line.end(),
                                       [](char byte) { return is_http(byte, HttpByte::hex); });
  const auto digits = static_cast<std::size_t>(behind - line.begin());
  const std::string_view rest = line.substr(digits);
  const bool is_extension = without_blanks_around(rest).starts_with(';');
  framing_bytes_ += offset(rest.size());
  if (digits == 0 || digits > most_chunk_digits || (!rest.empty() && !is_extension) ||
      !is_all_http(rest, HttpByte::text) || framing_bytes_ > limits_->head) {
    refuse(bad_request);
    return;
  }
  remaining_ = hex_value(line.substr(0, digits));
  if (remaining_ > limits_->body - body_bytes_) {
    refuse(content_too_large);
  } else {
    state_ = remaining_ == 0 ? State::trailers : State::chunk_data;
  }
}

/// Moves what is there of the chunk to the end of the body; false when more is to come.
bool HttpRequestParser::move_chunk(std::span<char> text) noexcept {
  const auto bytes =
      static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, text.size() - position_));
  std::memmove(text.data() + body_at_ + body_bytes_, text.data() + position_, bytes);
  body_bytes_ += offset(bytes);
  position_ += offset(bytes);
  scanned_ = position_;
  remaining_ -= bytes;
  if (remaining_ > 0) {
    return false;
  }
  state_ = State::chunk_end;
  return true;
}

/// Drops what has been read of the chunks' framing, so that it does not pile up.
void HttpRequestParser::close_gap(std::span<char> text) noexcept {
  if (state_ >= State::chunk_line) {
    const std::size_t body_end = body_at_ + body_bytes_;
    const std::size_t unread = text.size() - position_;
    std::memmove(text.data() + body_end, text.data() + position_, unread);
    position_ = offset(body_end);
    scanned_ = offset(body_end + unread);
    kept_ = scanned_;
  } else {
    kept_ = offset(text.size());
  }
}

}  // namespace queuemeter
