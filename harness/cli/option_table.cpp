// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/option_table.hpp"

#include <algorithm>
#include <array>

namespace queuemeter::cli {

namespace {

constexpr Option json{.name = "--json",
                      .value_word = "",
                      .help = "print one JSON document on stdout and nothing else"};

constexpr std::array run_options{
    Option{.name = "--set",
           .value_word = "KEY=VALUE",
           .help = "override one key of the scenario, such as path.kind=direct",
           .repeated = true},
    Option{.name = "--queue",
           .value_word = "NAME|URL",
           .scenario_key = "queue.use",
           .default_text = "mutex_deque",
           .help = "which queue; `queuemeter queues` lists them",
           .completion = Option::Completion::queues},
    Option{.name = "--use-existing",
           .value_word = "",
           .help =
               "fill and empty a list that is there, named by --set queue.options.list=NAME; it "
               "must be empty, and is left in place",
           .implies = "queue.options.use_existing=true"},
    Option{.name = "--rate",
           .value_word = "5000/s",
           .scenario_key = "traffic.rate",
           .default_text = "1k/s",
           .help = "open loop: how many calls arrive per second, in total",
           .excludes = "--callers"},
    Option{.name = "--callers",
           .value_word = "N",
           .scenario_key = "traffic.callers",
           .help = "closed loop: so many callers wait for their replies, think and call again",
           .implies = "traffic.model=closed",
           .excludes = "--rate"},
    Option{.name = "--for",
           .value_word = "10s",
           .scenario_key = "run.measure",
           .default_text = "20s; 10s for a URL",
           .help = "how long to measure, after the warm-up"},
    Option{.name = "--calls",
           .value_word = "N",
           .scenario_key = "run.calls",
           .help = "end the measured window after so many planned calls, or after --for"},
    Option{.name = "--repeat",
           .value_word = "N",
           .scenario_key = "run.repeat",
           .default_text = "1",
           .help = "so many runs one after the other, each with the next seed"},
    Option{.name = "--workers",
           .value_word = "N",
           .scenario_key = "workers.count",
           .default_text = "8",
           .help = "how many workers take calls from the queue"},
    Option{.name = "--out",
           .value_word = "DIR",
           .default_text = "queuemeter-runs/<n>",
           .help = "where the run folder is written; it must not hold a run yet",
           .completion = Option::Completion::folders},
    json,
    Option{.name = "--quiet", .value_word = "", .help = "no progress on stderr"},
    Option{.name = "--no-abort",
           .value_word = "",
           .help = "go on although most calls to a system that is not ours fail"},
    Option{
        .name = "--plugin",
        .value_word = "FILE.so",
        .not_built = "plug-ins are not built yet; `queuemeter queues` lists the queues there are"},
    Option{.name = "--feed",
           .value_word = "ADDR:PORT",
           .not_built =
               "the live feed is not built yet; ticks.jsonl in the run folder has its lines"}};
constexpr std::array run_examples{
    Example{"queuemeter run", "compares direct and queued, above and below capacity; about 35 s"},
    Example{"queuemeter run examples/01_direct.toml", "measures a scenario"},
    Example{"queuemeter run http://127.0.0.1:8080/slow --rate 200/s --for 30s",
            "calls a URL directly at 200 calls/s"},
    Example{"queuemeter run --queue mutex_deque --rate 5k/s --set queue.bound=600",
            "measures the default scenario with these settings"},
    Example{"queuemeter run --callers 200 --set traffic.think=exponential(100ms) --repeat 3",
            "200 callers who wait for their replies and think, three runs"}};

constexpr std::array queues_options{
    json,
    Option{.name = "--suggest",
           .value_word = "producers=4,consumers=1,rate=2M/s",
           .not_built = "suggestions are not built yet; `queuemeter queues` says what each queue "
                        "can do, and a [matrix] over queue.use measures them"}};
constexpr std::array queues_examples{
    Example{"queuemeter queues", "lists the queues, what they promise, and which are not built"}};

constexpr std::array backend_options{
    Option{.name = "--pool",
           .value_word = "N",
           .default_text = "8",
           .help = "how many requests it works on at once"},
    Option{.name = "--model",
           .value_word = "pool|event",
           .default_text = "pool",
           .help = "a thread for each connection, or all on one thread: for loads beyond a pool"},
    Option{.name = "--service-time",
           .value_word = "TIME",
           .default_text = "20ms",
           .help = "of one request: 20ms, uniform(10ms,30ms), exponential(20ms), "
                   "lognormal(20ms,0.5), bimodal(5ms,200ms,0.9), pareto(10ms,1.5), "
                   "empirical(FILE.csv)"},
    Option{.name = "--work",
           .value_word = "sleep|burn",
           .default_text = "sleep",
           .help = "what fills the service time: waiting, or CPU time"},
    Option{.name = "--rate-limit",
           .value_word = "30/60s",
           .default_text = "none",
           .help = "more requests in a sliding window are answered 429 with Retry-After"},
    Option{.name = "--error-rate",
           .value_word = "PART",
           .default_text = "0%",
           .help = "this part of the requests is answered 500"},
    Option{.name = "--hang-rate",
           .value_word = "PART",
           .default_text = "0%",
           .help = "this part is never answered and keeps its slot until the client closes"},
    Option{.name = "--queue",
           .value_word = "N",
           .default_text = "1024",
           .help = "how many requests may wait for a slot; beyond it 503"},
    Option{.name = "--connections",
           .value_word = "N",
           .default_text = "8192; 18000 of --model event",
           .help = "how many connections are open at once; beyond it: closed"},
    Option{.name = "--answer",
           .value_word = "1KiB",
           .default_text = "3B",
           .help = "the size of the body of a good answer"},
    Option{.name = "--bandwidth",
           .value_word = "1MiB/s",
           .default_text = "none",
           .help = "how fast an answer's body leaves; --model event only"},
    Option{.name = "--host",
           .value_word = "ADDRESS",
           .default_text = "127.0.0.1",
           .help = "the address to listen on"},
    Option{.name = "--port",
           .value_word = "N",
           .default_text = "0",
           .help = "the port to listen on; 0 takes a free one"},
    Option{.name = "--seed",
           .value_word = "N",
           .default_text = "7",
           .help = "of the service times, errors and hangs"},
    Option{.name = "--watch",
           .value_word = "RUN",
           .help = "report the answered calls of this run on descriptor 3, to the run itself"},
    Option{.name = "--call-id",
           .value_word = "RULE",
           .default_text = "header:X-Queuemeter-Call",
           .help = "where a watched request has the id of its call, as path.call_id"}};
constexpr std::array backend_examples{
    Example{"queuemeter backend --pool 8 --service-time 20ms --port 8080",
            "serves at most 400 requests/s, as 8 php-fpm children would"},
    Example{"queuemeter backend --model event --pool 10000 --service-time exponential(20ms)",
            "serves up to 500,000 requests/s as far as one processor can, on 18,000 connections"},
    Example{"curl http://127.0.0.1:8080/stats", "tells what it really did"}};

constexpr std::array front_options{
    Option{.name = "--backend",
           .value_word = "URL",
           .help = "what workers call, such as http://127.0.0.1:8080/; needed"},
    Option{.name = "--queue",
           .value_word = "NAME|URL",
           .default_text = "mutex_deque",
           .help = "which queue; `queuemeter queues` lists them",
           .completion = Option::Completion::queues},
    Option{.name = "--bound",
           .value_word = "N",
           .default_text = "the queue's own limit, else 10000",
           .help = "how many calls may wait; beyond it 503 with Retry-After"},
    Option{.name = "--worker-kind",
           .value_word = "async|thread",
           .default_text = "async",
           .help = "many calls on one thread, or a thread for each"},
    Option{.name = "--workers",
           .value_word = "N",
           .default_text = "1000",
           .help = "how many calls are worked on at once"},
    Option{.name = "--timeout",
           .value_word = "TIME",
           .default_text = "30s",
           .help = "how long the backend may take for one call; then it is failed"},
    Option{.name = "--deadline",
           .value_word = "TIME",
           .default_text = "none",
           .help = "a call that waited longer is expired, and the backend is not called"},
    Option{.name = "--keep",
           .value_word = "N",
           .default_text = "10000",
           .help = "how many results are kept for who asks; older ones are answered 410"},
    Option{.name = "--keep-for",
           .value_word = "TIME",
           .default_text = "60s",
           .help = "how long results are kept"},
    Option{.name = "--per-client",
           .value_word = "N",
           .default_text = "0, no limit",
           .help = "calls of one address that are not done; beyond it 429 with Retry-After"},
    Option{.name = "--largest-body",
           .value_word = "SIZE",
           .default_text = "1MiB",
           .help = "a longer request body is answered 413"},
    Option{.name = "--connections",
           .value_word = "N",
           .default_text = "16384",
           .help = "how many connections are open at once; beyond it 503"},
    Option{.name = "--callbacks",
           .value_word = "own|anywhere",
           .default_text = "own",
           .help = "where results may be posted: to addresses of this host, or to any address"},
    Option{
        .name = "--callback-attempts",
        .value_word = "N",
        .default_text = "3",
        .help = "how often a result is posted until it is answered 2xx; pauses of 100ms, doubled"},
    Option{.name = "--drain",
           .value_word = "TIME",
           .default_text = "10s",
           .help = "how long calls may finish after SIGTERM or SIGINT"},
    Option{.name = "--wait",
           .value_word = "POLICY",
           .default_text = "spin_park",
           .help = "what an idle worker does: spin, spin_yield, spin_park"},
    Option{.name = "--batch",
           .value_word = "N",
           .default_text = "1",
           .help = "calls taken from the queue in one operation"},
    Option{.name = "--window",
           .value_word = "N",
           .default_text = "32",
           .help = "calls offered to a broker and not confirmed yet"},
    Option{.name = "--prefetch",
           .value_word = "N",
           .default_text = "32",
           .help = "calls held by a worker and not acknowledged yet"},
    Option{.name = "--queue-option",
           .value_word = "NAME=VALUE",
           .help = "an option of the queue's own",
           .repeated = true},
    Option{.name = "--host",
           .value_word = "ADDRESS",
           .default_text = "127.0.0.1",
           .help = "the address to listen on"},
    Option{.name = "--port",
           .value_word = "N",
           .default_text = "0",
           .help = "the port to listen on; 0 takes a free one"}};
constexpr std::array front_examples{
    Example{"queuemeter front --backend http://127.0.0.1:8080/ --port 9090",
            "takes calls by POST /calls, answers 202, and tells of them by GET /calls/ID"},
    Example{"curl -d hello 'http://127.0.0.1:9090/calls?wait=5s'",
            "makes a call and waits for its result"},
    Example{"curl -d hello -H 'X-Queuemeter-Callback: http://127.0.0.1:7070/done' "
            "http://127.0.0.1:9090/calls",
            "has the result posted to a URL"},
    Example{"queuemeter front --backend http://127.0.0.1:8080/ --queue redis://127.0.0.1:6379/0 "
            "--bound 5000",
            "the same with a broker, and at most 5,000 calls waiting"}};

constexpr std::array doctor_options{json};
constexpr std::array doctor_examples{
    Example{"queuemeter doctor",
            "watches this machine for a second and says what it can measure; exit code 3 "
            "when it is not fit"}};

constexpr std::array<std::string_view, 3> shells{"bash", "zsh", "fish"};
constexpr std::array completion_examples{
    Example{"source <(queuemeter completion bash)", "completes in this shell"},
    Example{"queuemeter completion zsh",
            "prints what belongs into a file _queuemeter in a folder of zsh's fpath"},
    Example{"queuemeter completion fish",
            "prints what belongs into ~/.config/fish/completions/queuemeter.fish"}};

constexpr std::array all_commands{
    Command{.name = "run",
            .summary = "measure: a scenario, a URL, or direct against queued",
            .positional = {.word = "SCENARIO.toml | http://URL",
                           .help = "what to measure; left out, direct is compared with queued"},
            .options = run_options,
            .examples = run_examples},
    Command{.name = "queues",
            .summary = "list the queues and what they promise",
            .options = queues_options,
            .examples = queues_examples},
    Command{.name = "backend",
            .summary = "serve a slow interface over HTTP, as php-fpm behind a web server does",
            .options = backend_options,
            .examples = backend_examples},
    Command{.name = "front",
            .summary = "take calls over HTTP, queue them, have them worked on, tell the results",
            .options = front_options,
            .examples = front_examples},
    Command{.name = "doctor",
            .summary = "tell whether this machine is fit to measure",
            .options = doctor_options,
            .examples = doctor_examples},
    Command{.name = "completion",
            .summary = "print what a shell needs to complete commands and options",
            .positional = {.word = "bash | zsh | fish",
                           .help = "which shell",
                           .required = true,
                           .choices = shells},
            .examples = completion_examples},
    Command{.name = "suite", .summary = "a matrix of runs, one report", .built = false},
    Command{
        .name = "capacity", .summary = "the highest rate that meets an objective", .built = false},
    Command{.name = "advise", .summary = "settings for a rate and an objective", .built = false},
    Command{.name = "compare",
            .summary = "two builds, queues or settings, interleaved",
            .built = false},
    Command{.name = "gate", .summary = "a regression gate for CI", .built = false},
    Command{.name = "history", .summary = "results over time", .built = false},
    Command{.name = "report", .summary = "pages and charts of runs", .built = false},
    Command{.name = "simulate", .summary = "a scenario in virtual time", .built = false},
    Command{.name = "fleet", .summary = "several machines", .built = false},
    Command{.name = "conformance", .summary = "does a queue keep its contract", .built = false},
    Command{.name = "proxy", .summary = "a proxy that breaks things on purpose", .built = false},
    Command{.name = "watch", .summary = "the terminal view of a run", .built = false}};

}  // namespace

std::span<const Command> commands() { return all_commands; }

const Command* find_command(std::string_view name) {
  const auto* found = std::find_if(all_commands.begin(), all_commands.end(),
                                   [name](const Command& command) { return command.name == name; });
  return found == all_commands.end() ? nullptr : found;
}

const Option* find_option(const Command& command, std::string_view name) {
  const auto found = std::find_if(command.options.begin(), command.options.end(),
                                  [name](const Option& option) { return option.name == name; });
  return found == command.options.end() ? nullptr : &*found;
}

}  // namespace queuemeter::cli
