// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/brokers/redis_list_settings.hpp"

#include "harness/call/in_quotes.hpp"
#include "harness/call/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

namespace queuemeter::queues {
namespace {

Error bad_option(std::string_view name, std::string_view value, std::string_view takes) {
  return Error::usage(
      fmt::format("queue.options.{}: {} is not possible; {}", name, in_quotes(value), takes));
}

Result<bool> read_bool(std::string_view name, const std::string& value) {
  if (value == "true" || value == "false") {
    return value == "true";
  }
  return bad_option(name, value, "it takes true or false");
}

Result<Duration> read_patience(std::string_view name, const std::string& value) {
  const Result<Duration> span = parse_duration(value);
  constexpr Duration least = std::chrono::milliseconds{10};
  constexpr Duration most = std::chrono::hours{1};
  if (!span || *span < least || *span > most) {
    return bad_option(name, value, "it takes a time from 10ms to 1h, such as 2s");
  }
  return *span;
}

/// One option into its place: what it is called, and who reads it.
struct Option {
  std::string_view name;
  Result<void> (*read)(RedisListSettings& into, const std::string& value);
};

template <auto Member>
Result<void> read_flag(RedisListSettings& into, const std::string& value, std::string_view name) {
  const Result<bool> flag = read_bool(name, value);
  if (!flag) {
    return flag.error();
  }
  into.*Member = *flag;
  return {};
}

template <class Member>
Result<void> read_span(Member& into, const std::string& value, std::string_view name) {
  const Result<Duration> span = read_patience(name, value);
  if (!span) {
    return span.error();
  }
  into = *span;
  return {};
}

Result<void> read_mode(RedisListSettings& into, const std::string& value) {
  if (value != "pop" && value != "move") {
    return bad_option("mode", value,
                      "it takes pop (BRPOP, at most once) or move (LMOVE and LREM, at least once)");
  }
  into.take = value == "pop" ? RedisTake::pop : RedisTake::move;
  return {};
}

Result<void> read_list(RedisListSettings& into, const std::string& value) {
  constexpr std::size_t longest = 512;
  if (value.empty() || value.size() > longest) {
    return bad_option("list", value, "it takes the name of a list, 1 to 512 bytes");
  }
  into.list = value;
  return {};
}

Result<void> read_password(RedisListSettings& into, const std::string& value) {
  const char* const password = std::getenv(value.c_str());
  if (password == nullptr || *password == '\0') {
    return bad_option("password_env", value, "there is no such environment variable; set it");
  }
  into.target.password = password;
  return {};
}

Result<void> read_insecure(RedisListSettings& into, const std::string& value) {
  const Result<bool> flag = read_bool("insecure", value);
  if (!flag) {
    return flag.error();
  }
  into.target.insecure = *flag;
  return {};
}

constexpr std::array options{
    Option{"mode", read_mode},
    Option{"list", read_list},
    Option{"use_existing",
           [](RedisListSettings& into, const std::string& value) {
             return read_flag<&RedisListSettings::use_existing>(into, value, "use_existing");
           }},
    Option{"ack_timeout",
           [](RedisListSettings& into, const std::string& value) {
             return read_span(into.ack_timeout, value, "ack_timeout");
           }},
    Option{"connect_timeout",
           [](RedisListSettings& into, const std::string& value) {
             return read_span(into.target.connect_timeout, value, "connect_timeout");
           }},
    Option{"reply_timeout",
           [](RedisListSettings& into, const std::string& value) {
             return read_span(into.target.reply_timeout, value, "reply_timeout");
           }},
    Option{"password_env", read_password},
    Option{"ca",
           [](RedisListSettings& into, const std::string& value) -> Result<void> {
             into.target.ca_file = value;
             return {};
           }},
    Option{"insecure", read_insecure},
};

Error unknown_option(std::string_view name) {
  std::string known;
  for (const Option& option : options) {
    known += fmt::format("{}{}", known.empty() ? "" : ", ", option.name);
  }
  return Error::usage(
      fmt::format("queue.options.{}: redis has no such option; it has {}", name, known));
}

Result<void> check(const RedisListSettings& settings, bool has_list) {
  if (has_list != settings.use_existing) {
    return Error::usage(has_list ? fmt::format("queue.options.list: {} is not queuemeter's own "
                                               "list; add use_existing = true to fill and empty it",
                                               in_quotes(settings.list))
                                 : std::string{"queue.options.use_existing: there is no list to "
                                               "use; add its name as list = \"name\""});
  }
  if (!settings.target.tls && (settings.target.insecure || !settings.target.ca_file.empty())) {
    return Error::usage(
        "queue.options.ca and insecure are for TLS; use a rediss:// URL, or leave them out");
  }
  if (settings.batch == 0 || settings.window == 0 || settings.prefetch == 0) {
    return Error::usage("queue.batch, window and prefetch must be 1 at least for a Redis list");
  }
  return {};
}

}  // namespace

Result<RedisListSettings> read_redis_list_settings(const QueueSettings& settings,
                                                   const QueueContext& context) {
  const Result<RedisTarget> target = parse_redis_url(settings.use);
  if (!target) {
    return target.error();
  }
  RedisListSettings read;
  read.target = *target;
  for (const auto& [name, value] : settings.options) {
    const auto* const option = std::ranges::find(options, name, &Option::name);
    if (option == options.end()) {
      return unknown_option(name);
    }
    if (const Result<void> done = option->read(read, value); !done) {
      return done.error();
    }
  }
  read.bound = settings.bound;
  read.batch = settings.batch;
  read.window = settings.window;
  read.prefetch = settings.prefetch;
  read.wait = settings.wait;
  if (const Result<void> checked = check(read, !read.list.empty()); !checked) {
    return checked.error();
  }
  read.names = fmt::format("queuemeter.{:016x}.{}", context.run_id, context.role);
  if (read.list.empty() || context.role != "calls") {
    read.list = read.names;
    read.use_existing = false;
  }
  return read;
}

}  // namespace queuemeter::queues
