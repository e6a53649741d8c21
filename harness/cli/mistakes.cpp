// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/mistakes.hpp"

#include "harness/scenario/nearest_word.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace queuemeter::cli {

namespace {

constexpr std::string_view rate = "--rate 600/s";
constexpr std::string_view length = "--for 10s";
constexpr std::string_view callers = "--callers N";
constexpr std::string_view calls = "--calls N";
constexpr std::string_view patience = "--set traffic.reply_timeout=5s";
constexpr std::string_view payload = "--set traffic.payload=256B";
constexpr std::string_view pool = "--set backend.connections=N";

constexpr std::array foreign{
    // Each of these connections waits for its answer and asks again: that is a caller.
    ForeignOption{"-c", "the connections of wrk, hey and redis-benchmark", callers},
    ForeignOption{"--connections", "the connections of wrk", callers},
    ForeignOption{"--concurrency", "the connections of other tools", callers},
    ForeignOption{"-connections", "the pool of idle connections of vegeta", pool},
    ForeignOption{"-max-connections", "the connections of vegeta", pool},
    ForeignOption{"-max-workers", "the connections of vegeta", "--set traffic.caller_limit=N"},
    ForeignOption{"-d", "the duration of wrk and k6", length},
    ForeignOption{"--duration", "the duration of wrk and k6", length},
    ForeignOption{"-duration", "the duration of vegeta", length},
    ForeignOption{"-z", "the duration of hey and of perf-test", length},
    ForeignOption{"--time", "the duration of perf-test", length},
    ForeignOption{"-t", "the threads of wrk", "--workers N"},
    ForeignOption{"--threads", "the threads of wrk", "--workers N"},
    ForeignOption{"--timeout", "the timeout of wrk", patience},
    ForeignOption{"-timeout", "the timeout of vegeta", patience},
    ForeignOption{"-R", "the rate of wrk2", rate},
    ForeignOption{"-q", "the rate of hey", rate},
    ForeignOption{"-rate", "the rate of vegeta", rate},
    ForeignOption{"-r", "the rate of perf-test", rate},
    ForeignOption{"--rate-limit", "the rate of other tools", rate},
    ForeignOption{"--rps", "the rate of k6", rate},
    ForeignOption{"--qps", "the rate of other tools", rate},
    ForeignOption{"-n", "the requests of hey and redis-benchmark", calls},
    ForeignOption{"--requests", "the requests of other tools", calls},
    ForeignOption{"-i", "the iterations of k6", calls},
    ForeignOption{"--iterations", "the iterations of k6", calls},
    ForeignOption{"-u", "the virtual users of k6", callers},
    ForeignOption{"--vus", "the virtual users of k6", callers},
    ForeignOption{"--users", "the users of other tools", callers},
    ForeignOption{"-P", "the pipelined requests of redis-benchmark", "--set queue.window=N"},
    ForeignOption{"--confirm", "the unconfirmed messages of perf-test", "--set queue.window=N"},
    ForeignOption{"--qos", "the prefetch of perf-test", "--set queue.prefetch=N"},
    ForeignOption{"--multi-ack-every", "the batched acks of perf-test", "--set queue.batch=N"},
    ForeignOption{"--pmessages", "the messages of a producer of perf-test", calls},
    ForeignOption{"--repetitions", "the repetitions of other tools", "--repeat N"},
    ForeignOption{"--clients", "the clients of other tools", callers},
    ForeignOption{"--stages", "the stages of k6", "traffic.stages of a scenario file"},
    ForeignOption{"-s", "the message size of perf-test", payload},
    ForeignOption{"--size", "the message size of perf-test", payload},
    ForeignOption{"-x", "the producers of perf-test", rate},
    ForeignOption{"--producers", "the producers of perf-test", rate},
    ForeignOption{"-y", "the consumers of perf-test", "--workers N"},
    ForeignOption{"--consumers", "the consumers of perf-test", "--workers N"},
    ForeignOption{"-o", "the output of hey", "--json or --out DIR"},
    ForeignOption{"--output", "the output of other tools", "--json or --out DIR"},
    ForeignOption{"--latency", "the percentiles of wrk", "nothing: they are always printed"},
};

/// "--rate=5" and "-c64" without their values.
std::string_view name_of(std::string_view argument) {
  argument = argument.substr(0, argument.find('='));
  const bool is_short = argument.size() > 2 && argument[0] == '-' && argument[1] != '-';
  if (is_short && std::isdigit(static_cast<unsigned char>(argument[2])) != 0) {
    return argument.substr(0, 2);
  }
  return argument;
}

/// The name nearest to `word`; empty when even that one is no slip of the hand.
template <class Rows>
std::string_view nearest(std::string_view word, const Rows& rows) {
  std::string_view best;
  std::size_t least = word.size() / 3 + 1;
  for (const auto& row : rows) {
    const std::size_t distance = edit_distance(word, row.name);
    if (distance <= least && (best.empty() || distance < least)) {
      best = row.name;
      least = distance;
    }
  }
  return best;
}

}  // namespace

std::span<const ForeignOption> foreign_options() { return foreign; }

std::string answer_unknown_option(const Command& command, std::string_view argument) {
  const std::string_view name = name_of(argument);
  if (command.name == "run") {
    const auto* known = std::find_if(foreign.begin(), foreign.end(),
                                     [name](const ForeignOption& row) { return row.name == name; });
    if (known != foreign.end()) {
      return fmt::format("{}: {} is called {} here", name, known->meaning, known->ours);
    }
  }
  if (const std::string_view near = nearest(name, command.options); !near.empty()) {
    return fmt::format("{}: unknown option of {}; did you mean {}?", name, command.name, near);
  }
  return fmt::format("{}: unknown option; `queuemeter {} --help` lists those there are", name,
                     command.name);
}

std::string answer_unknown_command(std::string_view word) {
  if (word.starts_with("http://") || word.ends_with(".toml")) {
    return fmt::format("{}: no command; did you mean `queuemeter run {}`?", word, word);
  }
  if (const std::string_view near = nearest(word, commands()); !near.empty()) {
    return fmt::format("{}: no command; did you mean {}?", word, near);
  }
  return fmt::format("{}: no command; `queuemeter --help` lists those there are", word);
}

}  // namespace queuemeter::cli
