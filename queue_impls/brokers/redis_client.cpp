// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/brokers/redis_client.hpp"

#include "harness/call/in_quotes.hpp"
#include "harness/call/quantity.hpp"

#include <fmt/format.h>

namespace queuemeter::queues {

Result<void> RedisClient::send(const std::vector<std::string_view>& words) {
  if (!connection_.is_ready() && !connection_.open_and_await()) {
    return connection_.error();
  }
  append_resp_command(connection_.out(), words);
  connection_.flush();
  return {};
}

Result<RespValue> RedisClient::call(std::initializer_list<std::string_view> words) {
  if (const Result<void> sent = send({words.begin(), words.end()}); !sent) {
    return sent.error();
  }
  return read(clock_.now() + reply_timeout_);
}

Result<RespValue> RedisClient::call(const std::vector<std::string>& words) {
  if (const Result<void> sent = send({words.begin(), words.end()}); !sent) {
    return sent.error();
  }
  return read(clock_.now() + reply_timeout_);
}

Result<RespValue> RedisClient::read(Instant until, int depth) {
  RespItem item;
  while (connection_.next(item) != RespReader::Status::item) {
    if (connection_.is_closed()) {
      return connection_.error();
    }
    if (connection_.await(until) == RedisConnection::Awaited::timed_out) {
      // What is still to come must not be taken for the next command's reply.
      connection_.close();
      return Error::unavailable(
          fmt::format("the Redis server did not answer within {}; is it busy?",
                      format_duration(reply_timeout_)));
    }
  }
  RespValue value{item.kind, item.number, std::string{item.text}, {}};
  if (item.kind == RespItem::Kind::array) {
    if (depth == deepest) {
      connection_.close();
      return Error::unavailable("the Redis server's answer is nested too deeply to be one");
    }
    for (std::int64_t left = item.number; left > 0; --left) {
      Result<RespValue> element = read(until, depth + 1);
      if (!element) {
        return element.error();
      }
      value.elements.push_back(std::move(*element));
    }
  }
  return value;
}

Result<std::int64_t> RedisClient::count(std::initializer_list<std::string_view> words) {
  const Result<RespValue> value = call(words);
  if (!value) {
    return value.error();
  }
  if (value->kind != RespItem::Kind::integer) {
    return Error::unavailable(
        fmt::format("the Redis server answered {} to {}", in_quotes(value->text), *words.begin()));
  }
  return value->number;
}

std::string RedisClient::info(std::string_view section, std::string_view field) {
  const Result<RespValue> value = call({"INFO", section});
  if (!value || value->kind != RespItem::Kind::bulk) {
    return {};
  }
  const std::string line = fmt::format("\n{}:", field);
  const std::size_t at = value->text.find(line);
  if (at == std::string::npos) {
    return {};
  }
  const std::size_t begin = at + line.size();
  return value->text.substr(begin, value->text.find_first_of("\r\n", begin) - begin);
}

std::string RedisClient::config(std::string_view parameter) {
  const Result<RespValue> value = call({"CONFIG", "GET", parameter});
  return value && value->elements.size() == 2 ? value->elements[1].text : std::string{};
}

}  // namespace queuemeter::queues
