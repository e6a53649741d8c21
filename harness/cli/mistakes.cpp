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
constexpr std::string_view window = "--set queue.window=N";
constexpr std::string_view queue = "--queue NAME|URL";
constexpr std::string_view body = "--body TEXT|@FILE";
constexpr std::string_view method = "--method POST";
constexpr std::string_view header = "-H \"Name: value\"";
constexpr std::string_view acks = "nothing: `queuemeter queues` says who acknowledges when";

/// One row for each meaning of an option: several tools have the same letter.
constexpr std::array foreign{
    // Each of these connections waits for its answer and asks again: that is a caller.
    ForeignOption{"-c", "the connections of wrk, hey and redis-benchmark", callers},
    ForeignOption{"--connections", "the connections of wrk", callers},
    ForeignOption{"--concurrency", "the connections of other tools", callers},
    ForeignOption{"-connections", "the pool of idle connections of vegeta", pool},
    ForeignOption{"-max-connections", "the connections of vegeta", pool},
    ForeignOption{"-max-workers", "the connections of vegeta", "--set traffic.caller_limit=N"},
    ForeignOption{"-c", "the unconfirmed messages of perf-test", window},
    ForeignOption{"-d", "the duration of wrk and k6", length},
    ForeignOption{"-d", "the size of redis-benchmark", payload},
    ForeignOption{"-d", "the body of hey and curl", body},
    ForeignOption{"-D", "the file of hey", "--body @FILE"},
    ForeignOption{"--data", "the body of curl", body},
    ForeignOption{"-body", "the file of vegeta", "--body @FILE"},
    ForeignOption{"-m", "the method of hey", method},
    ForeignOption{"-X", "the method of curl", method},
    ForeignOption{"--request", "the method of curl", method},
    ForeignOption{"--header", "the headers of wrk and curl", header},
    ForeignOption{"-header", "the headers of vegeta", header},
    ForeignOption{"-T", "the content type of hey", "-H \"Content-Type: text/plain\""},
    ForeignOption{"--duration", "the duration of wrk and k6", length},
    ForeignOption{"-duration", "the duration of vegeta", length},
    ForeignOption{"-z", "the duration of hey and of perf-test", length},
    ForeignOption{"--time", "the duration of perf-test", length},
    ForeignOption{"-t", "the threads of wrk", "--workers N"},
    ForeignOption{"-t", "the timeout of hey", patience},
    ForeignOption{"-t", "the test of redis-benchmark", "--set path.kind=offer, take or queued"},
    ForeignOption{"--threads", "the threads of wrk", "--workers N"},
    ForeignOption{"--timeout", "the timeout of wrk", patience},
    ForeignOption{"-timeout", "the timeout of vegeta", patience},
    ForeignOption{"-R", "the rate of wrk2", rate},
    ForeignOption{"-q", "the rate of hey", rate},
    ForeignOption{"-q", "the prefetch of perf-test", "--set queue.prefetch=N"},
    ForeignOption{"-q", "the quiet of redis-benchmark", "--quiet"},
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
    ForeignOption{"-u", "the queue of perf-test", queue},
    ForeignOption{"--vus", "the virtual users of k6", callers},
    ForeignOption{"--users", "the users of other tools", callers},
    ForeignOption{"-P", "the pipelined requests of redis-benchmark", window},
    ForeignOption{"--confirm", "the unconfirmed messages of perf-test", window},
    ForeignOption{"--qos", "the prefetch of perf-test", "--set queue.prefetch=N"},
    ForeignOption{"--multi-ack-every", "the batched acks of perf-test", "--set queue.batch=N"},
    ForeignOption{"-A", "the batched acks of perf-test", "--set queue.batch=N"},
    ForeignOption{"-a", "the automatic acks of perf-test", acks},
    ForeignOption{"-a", "the password of redis-benchmark",
                  "--queue redis://user:password@host:port/0"},
    ForeignOption{"--autoack", "the automatic acks of perf-test", acks},
    ForeignOption{"--flag", "the flags of perf-test, such as persistent",
                  "nothing: `queuemeter queues` says what a call survives"},
    ForeignOption{"--uri", "the broker of perf-test", queue},
    ForeignOption{"-p", "the port of redis-benchmark", queue},
    ForeignOption{"-p", "the predeclared queue of perf-test", "--use-existing"},
    ForeignOption{"--predeclared", "the predeclared queue of perf-test", "--use-existing"},
    ForeignOption{"-l", "the loop of redis-benchmark", "--repeat N"},
    ForeignOption{"--csv", "the table of redis-benchmark", "--json"},
    ForeignOption{"-targets", "the targets of vegeta",
                  "the URL, or the scenario file, after `run`"},
    ForeignOption{"-C", "the messages of a producer of perf-test", calls},
    ForeignOption{"--pmessages", "the messages of a producer of perf-test", calls},
    ForeignOption{"--cmessages", "the messages of a consumer of perf-test", calls},
    ForeignOption{"--repetitions", "the repetitions of other tools", "--repeat N"},
    ForeignOption{"--clients", "the clients of other tools", callers},
    ForeignOption{"--stages", "the stages of k6", "traffic.stages of a scenario file"},
    ForeignOption{"-s", "the message size of perf-test", payload},
    ForeignOption{"-s", "the script of wrk", "a scenario file after `run`"},
    ForeignOption{"-s", "the stages of k6", "traffic.stages of a scenario file"},
    ForeignOption{"--size", "the message size of perf-test", payload},
    ForeignOption{"-x", "the producers of perf-test", rate},
    ForeignOption{"-x", "the proxy of hey", "nothing: give the URL that is to be called"},
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

/// "-u: the virtual users of k6 is called --callers N here, the queue of perf-test --queue NAME";
/// empty when nobody else has such an option either.
std::string answer_foreign_option(std::string_view name) {
  std::string text;
  for (const ForeignOption& row : foreign) {
    if (row.name == name) {
      text += text.empty() ? fmt::format("{}: {} is called {} here", name, row.meaning, row.ours)
                           : fmt::format(", {} {}", row.meaning, row.ours);
    }
  }
  return text;
}

}  // namespace

std::span<const ForeignOption> foreign_options() { return foreign; }

std::string answer_unknown_option(const Command& command, std::string_view argument) {
  const std::string_view name = name_of(argument);
  if (command.name == "run") {
    if (std::string answer = answer_foreign_option(name); !answer.empty()) {
      return answer;
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
