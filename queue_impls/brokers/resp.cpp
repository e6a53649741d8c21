// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/brokers/resp.hpp"

#include <algorithm>
#include <optional>

namespace queuemeter::queues {
namespace {

/// A whole number as RESP writes it: an optional minus and digits, without a plus, blanks or
/// needless zeros.
std::optional<std::int64_t> parse_number(std::string_view text) noexcept {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || (digits.front() == '0' && text.size() > 1)) {
    return std::nullopt;
  }
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc{} || stop != end) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

void ByteBuffer::make_room(std::size_t count) {
  const std::size_t held = size();
  if (capacity_ >= held + count && begin_ >= capacity_ / 2) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, held);
  } else {
    constexpr std::size_t least = 4096;
    const std::size_t capacity = std::max({least, 2 * capacity_, 2 * (held + count)});
    std::unique_ptr<char[]> bytes{new char[capacity]};  // uninitialised: it will be written first
    if (held > 0) {
      std::memcpy(bytes.get(), bytes_.get() + begin_, held);
    }
    bytes_ = std::move(bytes);
    capacity_ = capacity;
  }
  begin_ = 0;
  end_ = held;
}

void append_resp_bulk(ByteBuffer& out, std::string_view text) {
  append_resp_count(out, '$', text.size());
  out.append(text);
  out.append("\r\n");
}

void append_resp_command(ByteBuffer& out, std::span<const std::string_view> words) {
  append_resp_count(out, '*', words.size());
  for (const std::string_view word : words) {
    append_resp_bulk(out, word);
  }
}

void append_resp_command(ByteBuffer& out, std::initializer_list<std::string_view> words) {
  append_resp_command(out, std::span{words.begin(), words.size()});
}

std::span<char> RespReader::space() {
  buffer_.consume(consumed_);
  consumed_ = 0;
  return {buffer_.room(read_bytes), read_bytes};
}

void RespReader::reset() noexcept {
  buffer_.clear();
  consumed_ = 0;
  scanned_ = 0;
  malformed_ = false;
}

RespReader::Status RespReader::fail() noexcept {
  malformed_ = true;
  return Status::malformed;
}

RespReader::Status RespReader::next(RespItem& item) {
  if (malformed_) {
    return Status::malformed;
  }
  const std::string_view rest = buffer_.unread().substr(consumed_);
  const std::size_t end = rest.find('\n', scanned_);
  if (end == std::string_view::npos) {
    scanned_ = rest.size();
    return rest.size() > limits_.line_bytes ? fail() : Status::incomplete;
  }
  if (end < 2 || end > limits_.line_bytes || rest[end - 1] != '\r') {
    return fail();
  }
  const std::string_view body = rest.substr(1, end - 2);
  const std::size_t line = end + 1;
  const char mark = rest.front();
  if (mark == '+' || mark == '-') {
    item = {mark == '+' ? RespItem::Kind::simple : RespItem::Kind::error, 0, body};
    if (body.find('\r') != std::string_view::npos) {
      return fail();
    }
  } else {
    const std::optional<std::int64_t> number = parse_number(body);
    if (!number.has_value()) {
      return fail();
    }
    switch (mark) {
      case ':':
        item = {RespItem::Kind::integer, *number, {}};
        break;
      case '$':
        return read_bulk(item, *number, line);
      case '*':
        if (*number < -1 || *number > static_cast<std::int64_t>(limits_.array_elements)) {
          return fail();
        }
        item = {*number < 0 ? RespItem::Kind::nil : RespItem::Kind::array,
                std::max<std::int64_t>(*number, 0),
                {}};
        break;
      default:
        return fail();
    }
  }
  consumed_ += line;
  scanned_ = 0;
  return Status::item;
}

RespReader::Status RespReader::read_bulk(RespItem& item, std::int64_t bytes, std::size_t line) {
  if (bytes < -1 || bytes > static_cast<std::int64_t>(limits_.bulk_bytes)) {
    return fail();
  }
  if (bytes < 0) {
    item = {RespItem::Kind::nil, 0, {}};
    consumed_ += line;
    scanned_ = 0;
    return Status::item;
  }
  const auto length = static_cast<std::size_t>(bytes);
  const std::string_view rest = buffer_.unread().substr(consumed_);
  // The line is found again at once when more has come.
  scanned_ = line - 1;
  if (rest.size() < line + length + 2) {
    const std::string_view tail = rest.substr(std::min(rest.size(), line + length));
    return !tail.empty() && tail.front() != '\r' ? fail() : Status::incomplete;
  }
  if (rest.substr(line + length, 2) != "\r\n") {
    return fail();
  }
  item = {RespItem::Kind::bulk, 0, rest.substr(line, length)};
  consumed_ += line + length + 2;
  scanned_ = 0;
  return Status::item;
}

}  // namespace queuemeter::queues
