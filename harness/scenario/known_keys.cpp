// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/known_keys.hpp"

#include "harness/scenario/nearest_word.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

namespace queuemeter {
namespace {

using enum KeyType;

/// A row that stands for all of `transport_keys` in its table.
constexpr std::string_view transport_mark = ".*";

constexpr std::array rows{
    KnownKey{"run.warm_up", time, R"("2s")", "0s to 168h", "traffic before the measured window",
             ""},
    KnownKey{"run.measure", time, R"("20s")", "above 0s, up to 168h", "the measured window", ""},
    KnownKey{"run.drain", time, R"("5s")", "0s to 24h",
             "how long work may finish after the traffic has stopped", ""},
    KnownKey{"run.seed", count, "7", "0 to 2^63 - 1",
             "of every random draw; the same seed gives the same plan", ""},
    KnownKey{"run.pacing", text, R"("timer")", "timer, spin:TIME, coalesce:TIME",
             "how the offerer waits until a call is due", ""},
    KnownKey{"run.tick", time, R"("100ms")", "10ms to 10s", "how often the counters are written",
             ""},
    KnownKey{"run.calls", count, "", "1 to 10^12",
             "the measured window ends after so many planned calls", ""},
    KnownKey{"run.repeat", count, "1", "1 to 100", "runs of the same scenario, one after the other",
             ""},

    KnownKey{"traffic.model", word, R"("open")", "open, closed, half_open, saturate",
             "who decides when the next call comes", ""},
    KnownKey{"traffic.arrivals", text, R"("poisson")", "constant, poisson, replay:FILE",
             "how calls are spaced", ""},
    KnownKey{"traffic.rate", rate, R"("1000/s")", "above 0/s, up to 100M/s",
             "calls in total (half_open: sessions); before a first ramp_to: where it starts", ""},
    KnownKey{"traffic.stages", list, "", "up to 1,000 tables",
             "a rate that changes; the last rate is held to the end", ""},
    KnownKey{"traffic.stages.rate", rate, "", "above 0/s, up to 100M/s", "hold this rate", ""},
    KnownKey{"traffic.stages.ramp_to", rate, "", "above 0/s, up to 100M/s",
             "go linearly from the rate before to this one", ""},
    KnownKey{"traffic.stages.step_to", rate, "", "above 0/s, up to 100M/s",
             "jump to this rate and hold it", ""},
    KnownKey{"traffic.stages.for", time, "", "above 0s, up to 168h", "the length of the stage", ""},
    KnownKey{"traffic.stages.burst", count, "", "1 to 10M", "so many calls at one instant", ""},
    KnownKey{"traffic.stages.sine", text, "", R"(two rates: "1k/s..3k/s")",
             "swing between them, from their middle upwards", ""},
    KnownKey{"traffic.stages.period", time, "", "above 0s, up to 168h", "one swing of a sine", ""},
    KnownKey{"traffic.callers", count, "", "1 to 10M; 100 when left out",
             "closed: how many callers", ""},
    KnownKey{"traffic.think", distribution, "", "0s when left out",
             "closed and half_open: a caller's pause", ""},
    KnownKey{"traffic.ramp", time, "", "0s to 24h; 0s when left out",
             "closed: callers start evenly spread over it", ""},
    KnownKey{"traffic.session", count, "", "1 to 1M; 5 when left out",
             "half_open: calls of one session", ""},
    KnownKey{"traffic.reply_timeout", time, R"("5s")", "above 0s, up to 24h",
             "how long a caller waits for its answer", ""},
    KnownKey{"traffic.caller_limit", count, "10000", "1 to 10M",
             "unanswered direct calls, offers held back by a full queue; beyond it: rejected", ""},
    KnownKey{"traffic.payload", sizes, R"("256B")", "up to 16MiB", "bytes that each call carries",
             ""},
    KnownKey{"traffic.body", text, "", "a text, or @FILE; with places such as {call.id}",
             "what an HTTP request carries instead of the payload", ""},
    KnownKey{"traffic.headers", table, "", "names and texts, with places",
             "HTTP headers of each call", ""},
    KnownKey{"traffic.data", text, "", "a CSV file with a heading",
             "rows for places such as {csv.user}, one for each call, over and over", ""},
    KnownKey{"traffic.deadline", distribution, "", "above 0s, up to 24h",
             "completed after it is late, begun after it is expired", ""},
    KnownKey{"traffic.offerers", count, "1", "1 to 8",
             "threads that offer; the plan does not depend on it", ""},
    KnownKey{"traffic.class", list, "", "up to 8 tables", "several kinds of calls", ""},
    KnownKey{"traffic.class.name", word, "", "letters, digits, _ and -",
             "what it is called in results", ""},
    KnownKey{"traffic.class.weight", number, "", "above 0, up to 1000000; 1 when left out",
             "its share is weight / sum of the weights", ""},
    KnownKey{"traffic.class.payload", sizes, "", "traffic.payload when left out",
             "bytes that each of its calls carries", ""},
    KnownKey{"traffic.class.deadline", distribution, "", "traffic.deadline when left out",
             "as traffic.deadline", ""},
    KnownKey{"traffic.class.priority", count, "", "0 to 255; 0 when left out",
             "higher is more urgent", ""},
    KnownKey{"traffic.class.objectives", table, "", "a metric and its limit",
             "what this class must reach", ""},

    KnownKey{"path.kind", word, R"("queued")", "direct, queued, front, offer, take",
             "caller to backend, through a queue and workers, through a site, one side of a queue",
             ""},
    KnownKey{"path.reply", word, R"("memory")", "none, memory, queue", "how a reply comes back",
             ""},
    KnownKey{"path.url", text, "", "http://HOST[:PORT][/PATH], with places",
             "the site to test; left out: a `queuemeter front` that the run starts", ""},
    KnownKey{"path.completion", word, "",
             "response, callback, poll, backend; response when left out",
             "by what the result of a call is known", ""},
    KnownKey{"path.result_url", text, "", "a URL, or a path on the site; with places",
             "where a result can be asked for; left out: what the site's answer says", ""},
    KnownKey{"path.poll_interval", time, "", "1ms to 1h; 100ms when left out",
             "poll: between two questions for one result", ""},
    KnownKey{"path.call_id", text, "",
             "header:NAME, url:/calls/{}, json:/pointer, regex:EXPRESSION",
             "backend: where the site hands on a call's id", ""},
    KnownKey{"path.headers", table, "", "names and texts, with places",
             "added to traffic.headers in requests to the site", ""},
    KnownKey{"path.body", text, "", "a text, or @FILE; with places",
             "of requests to the site; left out: traffic.body", ""},
    KnownKey{"path.data", text, "", "a CSV file with a heading",
             "rows for places such as {csv.user}; left out: traffic.data", ""},
    KnownKey{"path.*", table, "", "", "transport_keys, once for [path]", ""},

    KnownKey{"queue.use", text, R"("mutex_deque")", "a row of `queuemeter queues`, or a URL",
             "which queue carries the calls", ""},
    KnownKey{"queue.bound", count, "", "1 to 1G",
             "calls it holds; left out: its own limit, else 10000", ""},
    KnownKey{"queue.when_full", word, R"("reject")", "reject, block",
             "what happens to a call when it is full", ""},
    KnownKey{"queue.policy", word, R"("none")", "none", "what is discarded under overload", ""},
    KnownKey{"queue.wait", word, R"("spin_park")", "spin, spin_yield, spin_park",
             "what an idle worker does", ""},
    KnownKey{"queue.durable", flag, "false", "false", "survives a restart", ""},
    KnownKey{"queue.batch", count, "1", "1 to 4096",
             "calls offered, and taken, in one operation at most", ""},
    KnownKey{"queue.window", count, "32", "1 to 1M", "unconfirmed offers in flight", ""},
    KnownKey{"queue.prefetch", count, "32", "1 to 65536",
             "calls that a consumer holds unacknowledged", ""},
    KnownKey{"queue.stamps", word, R"("own")", "own, shared",
             "an instant of each call, or one for all calls of an operation", ""},
    KnownKey{"queue.options", table, "{}", "texts, numbers, true and false",
             "passed through to the queue", ""},

    KnownKey{"workers.kind", word, R"("thread")", "thread, async, process", "what a worker is", ""},
    KnownKey{"workers.count", count, "8", "1 to 4096 threads, 1M slots, 1024 processes",
             "calls worked on at once", ""},
    KnownKey{"workers.threads", count, "", "1 to 64; 1 when left out",
             "async: event loops that share the slots", ""},
    KnownKey{"workers.poll", time, R"("0s")", "0s to 1h",
             "an idle worker looks again after it; 0s waits for the queue", ""},
    KnownKey{"workers.boot", time, "", "0s to 1h", "process: from its start to its first call", ""},
    KnownKey{"workers.recycle.calls", count, "", "0 to 1G; 0: never",
             "process: it is replaced after so many calls", ""},
    KnownKey{"workers.recycle.jitter", fraction, "", "0 to 1",
             "process: spread of these, as a share", ""},
    KnownKey{"workers.crash_rate", fraction, "", "0 to 1",
             "process: it dies in the middle of a call", ""},
    KnownKey{"workers.ack_timeout", time, "", "above 0s, up to 24h",
             "a call that is not acknowledged by then is delivered again", ""},
    KnownKey{"workers.retry.kind", word, R"("none")", "none, fixed, exponential",
             "how a failed call is tried again", ""},
    KnownKey{"workers.retry.attempts", count, "", "2 to 100; 3 when left out",
             "tries of a call in all", ""},
    KnownKey{"workers.retry.delay", time, "", "0s to 1h; 100ms when left out",
             "before the second try; exponential doubles it each time", ""},
    KnownKey{"workers.retry.jitter", fraction, "", "0 to 1; 0.2 when left out",
             "spread of the delay, as a share", ""},
    KnownKey{"workers.retry.budget", fraction, "", "0 to 1",
             "retries that calls may add, as a share of calls begun", ""},

    KnownKey{"backend.kind", word, R"("synthetic")", "synthetic, http, managed, none",
             "in memory, a URL, a `queuemeter backend` that the run starts, or nothing", ""},
    KnownKey{"backend.service_time", distribution, R"x("exponential(1ms)")x", "up to 24h",
             "how long a slot works on a call", ""},
    KnownKey{"backend.error_rate", fraction, "0.0", "0 to 1", "calls answered with an error", ""},
    KnownKey{"backend.hang_rate", fraction, "0.0", "0 to 1", "calls never answered", ""},
    KnownKey{"backend.concurrency", count, "64", "1 to 65536", "slots", ""},
    KnownKey{"backend.queue", count, "1024", "0 to 10M", "calls waiting for a slot; beyond it 503",
             ""},
    KnownKey{"backend.work", word, R"("sleep")", "sleep, burn",
             "what a slot does: let time pass, or use the processor", ""},
    KnownKey{"backend.*", table, "", "", "transport_keys, once for [backend]", ""},
    KnownKey{"backend.rate_limit", text, R"("none")", R"(none, or calls in a time: "30/60s")",
             "beyond it 429 with Retry-After", ""},
    KnownKey{"backend.url", text, "",
             "http://HOST[:PORT][/PATH], https://…, http+unix://%2FSOCKET/PATH",
             "what kind = \"http\" calls", ""},

    KnownKey{"backend.model", word, "", "pool, event; pool when left out",
             "managed: a thread for each connection, as php-fpm; or one for all, for large loads",
             ""},
    KnownKey{"backend.listen", text, "", "HOST:PORT; a free port of 127.0.0.1 when left out",
             "managed: where a site of your own finds it", ""},
    KnownKey{"backend.answer", text, "", "0B to 64MiB; 3B when left out",
             "managed: the size of a good answer's body", ""},
    KnownKey{"backend.bandwidth", text, "",
             R"(none, or bytes in a second: "1MiB/s"; none when left out)",
             "managed, event: how fast an answer's body leaves", ""},

    KnownKey{"objectives", table, "", "a metric and its limit", "what the run must reach", ""},

    KnownKey{"fault.at", time, "", "0s to run.measure", "from the start of the measured window",
             ""},
    KnownKey{"fault.what", word, "", "freeze", "what is done", ""},
    KnownKey{"fault.who", word, "", "backend", "to whom (synthetic or managed)", ""},
    KnownKey{"fault.for", time, "", "above 0s, up to 24h", "how long it lasts", ""},
    KnownKey{"fault.restart_after", time, "", "", "start it again",
             R"(what = "freeze", for = "1s")"},
    KnownKey{"fault.command", list, "", "", "run a program", R"(what = "freeze", for = "1s")"},

    KnownKey{"matrix", table, "", "keys with dots and lists",
             "every combination is one run, 64 at the most", ""},
};

/// How an HTTP client connects and what it takes for an answer: the same keys in every table that
/// calls over HTTP.
constexpr std::array transport_keys{
    KnownKey{"connections", count, "4096", "1 to 65536", "connections of our client", ""},
    KnownKey{"timeouts.connect", time, R"("5s")", "above 0s, up to 24h",
             "until a connection is made", ""},
    KnownKey{"timeouts.tls", time, "", "above 0s, up to 24h; 5s when left out",
             "from then until TLS is agreed", ""},
    KnownKey{"timeouts.first_byte", time, "", "above 0s, up to 24h",
             "until the first byte of the answer", ""},
    KnownKey{"timeouts.whole", time, "", "above 0s, up to 24h",
             "until the answer is whole; left out, a worker waits 60s, or traffic.reply_timeout if "
             "that is longer",
             ""},
    KnownKey{"method", word, "", "GET, POST, …; POST when left out", "of the requests", ""},
    KnownKey{"http", word, "", "1.1, 2; 1.1 when left out",
             "the protocol; 2 over TLS by ALPN, else by prior knowledge", ""},
    KnownKey{"connection", word, "", "keep_alive, new; keep_alive when left out",
             "used again, or one for each request", ""},
    KnownKey{"open", count, "", "0 to 65536; 0 when left out",
             "connections opened before the traffic", ""},
    KnownKey{"open_rate", rate, "", "above 0/s, up to 100M/s; 5k/s when left out",
             "how fast they are opened", ""},
    KnownKey{"pipelining", count, "", "1 to 1024; 1 when left out",
             "unanswered requests of one connection; HTTP/2: streams", ""},
    KnownKey{"tls.verify", flag, "", "true when left out",
             "https: the certificate must be trusted and in the host's name", ""},
    KnownKey{"tls.ca", text, "", "a PEM file; the system's when left out",
             "https: the authorities to trust", ""},
    KnownKey{"tls.name", text, "", "the URL's host when left out",
             "https: the name expected in the certificate", ""},
    KnownKey{"dns", word, "", "once; once when left out", "when the host is looked up", ""},
    KnownKey{"source_addresses", text, "", R"("127.0.0.1..127.0.0.8")",
             "our addresses, from which connections are opened in turn", ""},
    KnownKey{"cancel_at_deadline", flag, "", "false when left out",
             "a request that has no answer by its call's deadline is cancelled", ""},
    KnownKey{"cookies", word, "", "none, caller; none when left out",
             "caller: each sends back what the server set for it", ""},
    KnownKey{"expect.status", text, "", "200, 2xx, 2xx,3xx; 2xx when left out",
             "the status of a right answer", ""},
    KnownKey{"expect.body", text, "", "any when left out", "a text in the body of a right answer",
             ""},
    KnownKey{"expect.json", table, "", "JSON pointers and values",
             "what the body of a right answer says there", ""},
};

/// All rows, in the order of a scenario file.
class AllKeys {
 public:
  AllKeys() {
    for (const KnownKey& row : rows) {
      if (row.key.ends_with(transport_mark)) {
        add_transport_keys(row.key.substr(0, row.key.size() - transport_mark.size()));
      } else {
        keys_.push_back(row);
      }
    }
  }
  [[nodiscard]] const std::vector<KnownKey>& keys() const noexcept { return keys_; }

 private:
  void add_transport_keys(std::string_view table) {
    for (KnownKey row : transport_keys) {
      row.key = names_.emplace_back(std::string{table}.append(".").append(row.key));
      keys_.push_back(row);
    }
  }

  std::deque<std::string> names_;  // which the rows refer to
  std::vector<KnownKey> keys_;
};

const std::vector<KnownKey>& all_keys() {
  static const AllKeys all;
  return all.keys();
}

constexpr std::array unbuilt{
    UnbuiltWord{"path.reply", "callback", R"(reply = "memory")"},
    UnbuiltWord{"queue.when_full", "drop_oldest", R"(when_full = "reject")"},
    UnbuiltWord{"queue.policy", "*", R"(policy = "none")"},
    UnbuiltWord{"workers.kind", "external", R"(kind = "thread")"},
    UnbuiltWord{"fault.what", "kill", R"(what = "freeze")"},
    UnbuiltWord{"fault.what", "exec", R"(what = "freeze")"},
    UnbuiltWord{"fault.who", "queue", R"(who = "backend")"},
    UnbuiltWord{"fault.who", "worker*", R"(who = "backend")"},
};

bool matches(std::string_view pattern, std::string_view word) {
  if (pattern.ends_with('*')) {
    return word.starts_with(pattern.substr(0, pattern.size() - 1));
  }
  return word == pattern;
}

std::string_view last_name(std::string_view key) { return key.substr(key.rfind('.') + 1); }

/// The keys and the tables that hold them.
std::vector<std::string_view> all_paths() {
  std::vector<std::string_view> paths;
  for (const KnownKey& row : all_keys()) {
    for (std::size_t dot = row.key.find('.'); dot != std::string_view::npos;
         dot = row.key.find('.', dot + 1)) {
      paths.push_back(row.key.substr(0, dot));
    }
    paths.push_back(row.key);
  }
  return paths;
}

}  // namespace

std::span<const KnownKey> known_keys() noexcept { return all_keys(); }

const KnownKey* find_known_key(std::string_view key) noexcept {
  const auto& keys = all_keys();
  const auto row = std::find_if(keys.begin(), keys.end(),
                                [&](const KnownKey& candidate) { return candidate.key == key; });
  return row == keys.end() ? nullptr : &*row;
}

bool is_table_of_keys(std::string_view path) noexcept {
  return std::any_of(all_keys().begin(), all_keys().end(), [&](const KnownKey& row) {
    return row.key.size() > path.size() && row.key.starts_with(path) && row.key[path.size()] == '.';
  });
}

bool is_list_of_tables(std::string_view path) noexcept {
  return path == "fault" || path == "traffic.stages" || path == "traffic.class";
}

std::string nearest_key(std::string_view unknown) {
  std::string_view nearest;
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (const std::string_view path : all_paths()) {
    // A name in the wrong table counts one more than a misspelling in the right one.
    const std::size_t distance = std::min(edit_distance(unknown, path),
                                          edit_distance(last_name(unknown), last_name(path)) + 1);
    if (distance < least) {
      least = distance;
      nearest = path;
    }
  }
  return std::string{nearest};
}

std::span<const UnbuiltWord> unbuilt_words() noexcept { return unbuilt; }

std::optional<std::string_view> instead_of(std::string_view key, std::string_view word) noexcept {
  for (const UnbuiltWord& row : unbuilt) {
    if (row.key == key && matches(row.word, word)) {
      return row.instead;
    }
  }
  return std::nullopt;
}

std::string_view wanted(KeyType type) noexcept {
  switch (type) {
    case time:
      return R"(a time such as "250us" or "2s")";
    case rate:
      return R"(a rate such as "600/s" or "5k/s")";
    case count:
      return R"(a whole number such as 10000 or "10k")";
    case sizes:
      return R"x(a size such as "256B" or "uniform(100B, 2KiB)")x";
    case number:
      return "a number such as 1 or 2.5";
    case fraction:
      return R"(a fraction such as 0.001 or "0.1%")";
    case flag:
      return "true or false";
    case word:
      return "a word in quotes";
    case text:
      return "a text in quotes";
    case distribution:
      return R"x(a distribution such as "20ms" or "exponential(1ms)")x";
    case table:
      return "a table";
    case list:
      return "a list of tables";
  }
  return "";
}

std::string_view to_string(KeyType type) noexcept {
  switch (type) {
    case time:
      return "time";
    case rate:
      return "rate";
    case count:
      return "count";
    case sizes:
      return "sizes";
    case number:
      return "number";
    case fraction:
      return "fraction";
    case flag:
      return "flag";
    case word:
      return "word";
    case text:
      return "text";
    case distribution:
      return "distribution";
    case table:
      return "table";
    case list:
      return "list";
  }
  return "";
}

}  // namespace queuemeter
