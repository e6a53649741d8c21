// SPDX-License-Identifier: Apache-2.0
#include "tests/brokers/private_redis.hpp"

#include "queue_impls/catalogue.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace queuemeter::brokers_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

bool answers(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool connected =
      ::connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  ::close(descriptor);
  return connected;
}

}  // namespace

bool has_redis_server() { return std::system("command -v redis-server >/dev/null 2>&1") == 0; }

std::uint16_t free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t bytes = sizeof address;
  ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &bytes);
  ::close(descriptor);
  return ntohs(address.sin_port);
}

std::string output_of(const std::string& command) {
  FILE* const pipe = ::popen(command.c_str(), "re");
  std::string text;
  for (int byte = std::fgetc(pipe); byte != EOF; byte = std::fgetc(pipe)) {
    text += static_cast<char>(byte);
  }
  ::pclose(pipe);
  return text;
}

PrivateRedis::PrivateRedis(std::vector<std::string> arguments)
    : arguments_{std::move(arguments)}, port_{free_port()} {
  std::string name = (std::filesystem::temp_directory_path() / "queuemeter-redis-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw std::runtime_error{"no temporary folder"};
  }
  folder_ = name;
  start();
}

PrivateRedis::~PrivateRedis() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void PrivateRedis::start() {
  std::vector<std::string> words{
      "redis-server", "--port", std::to_string(port_), "--bind", "127.0.0.1", "--dir", folder_,
      "--save",       "",       "--daemonize",         "no"};
  words.insert(words.end(), arguments_.begin(), arguments_.end());
  std::vector<char*> pointers;
  for (std::string& word : words) {
    pointers.push_back(word.data());
  }
  pointers.push_back(nullptr);
  process_id_ = ::fork();
  if (process_id_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int log = ::open((folder_ + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    ::execvp(pointers.front(), pointers.data());
    ::_exit(127);
  }
  const auto limit = steady_clock::now() + seconds{20};
  // A server with TLS listens on the port it was given with the other arguments.
  const auto tls = std::ranges::find(arguments_, "--tls-port");
  const std::uint16_t port =
      tls == arguments_.end() ? port_ : static_cast<std::uint16_t>(std::stoi(*(tls + 1)));
  while (!answers(port)) {
    if (steady_clock::now() > limit || ::waitpid(process_id_, nullptr, WNOHANG) != 0) {
      throw std::runtime_error{"redis-server did not start"};
    }
    std::this_thread::sleep_for(milliseconds{5});
  }
}

void PrivateRedis::kill() {
  if (process_id_ > 0) {
    ::kill(process_id_, SIGKILL);
    ::waitpid(process_id_, nullptr, 0);
    process_id_ = -1;
  }
}

void PrivateRedis::freeze() const { ::kill(process_id_, SIGSTOP); }
void PrivateRedis::thaw() const { ::kill(process_id_, SIGCONT); }

std::string PrivateRedis::url(const std::string& credentials) const {
  return "redis://" + credentials + "127.0.0.1:" + std::to_string(port_) + "/0";
}

std::string PrivateRedis::cli(const std::string& command) const {
  std::string text = output_of("redis-cli -p " + std::to_string(port_) + " " + command + " 2>&1");
  while (!text.empty() && text.back() == '\n') {
    text.pop_back();
  }
  return text;
}

TestRun::TestRun(std::size_t slots, std::uint32_t payload_bytes, std::uint64_t run_id)
    : payload{payload_bytes}, records{run_id} {
  records.make_room(slots);
  context = {.run_id = run_id, .seed = 7, .intake = &records, .largest_payload = payload_bytes};
}

std::vector<CallHandle> TestRun::calls(std::size_t first, std::size_t count) {
  std::vector<CallHandle> handles;
  for (std::size_t number = first; number < first + count; ++number) {
    CallRecord& record = records.records()[number];
    const std::uint32_t slot = record.call.slot;
    record.call = {};
    record.call.run_id = records.run_id();
    record.call.sequence = number;
    record.call.slot = slot;
    record.call.payload_bytes = payload;
    record.call.planned_at = Instant{};
    record.at = {};
    record.publish(number);
    handles.push_back({&record, number});
  }
  return handles;
}

std::size_t HeardConfirmations::count(QueueResult result) const noexcept {
  return static_cast<std::size_t>(std::ranges::count(heard, result, &Heard::result));
}

std::unique_ptr<Queue> open(const std::string& url, TestRun& run, QueueSettings settings) {
  settings.use = url;
  return std::move(queues::open_queue(settings, run.context).value());
}

void step_until(QueueProducer& producer, const HeardConfirmations& sink, std::size_t count) {
  const MonotonicClock clock;
  const Instant limit = clock.now() + seconds{5};
  while (sink.heard.size() < count && clock.now() < limit) {
    producer.step(clock.now());
  }
}

std::optional<std::size_t> depth_soon(const Queue& queue, std::size_t expected) {
  const auto limit = steady_clock::now() + seconds{5};
  std::optional<std::size_t> depth = queue.depth();
  while (depth != expected && steady_clock::now() < limit) {
    std::this_thread::sleep_for(milliseconds{1});
    depth = queue.depth();
  }
  return depth;
}

}  // namespace queuemeter::brokers_test
