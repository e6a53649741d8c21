// SPDX-License-Identifier: Apache-2.0
#include "harness/path/child_process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <memory>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace queuemeter {
namespace {

/// Copies of descriptors begin here, so that none of them is in the way of another's new number.
constexpr int out_of_the_way = 64;
constexpr int first_inherited = 3;

Duration to_duration(const timeval& time) noexcept {
  return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
}

/// A descriptor that becomes readable when the process ends. By number, because the declaration in
/// glibc 2.36 is not for C++.
int open_end(pid_t process_id) noexcept {
  return static_cast<int>(::syscall(SYS_pidfd_open, process_id, 0));
}

/// What posix_spawn is told. It copies no memory, which matters in a process that has much of it.
class SpawnPlan {
 public:
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  /// False when there is no memory for it.
  [[nodiscard]] bool describe(std::span<const OwnedDescriptor> inherited) {
    sigset_t none;
    sigset_t usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    int error = posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    error |= posix_spawnattr_setpgroup(&attributes_, 0);
    error |= posix_spawnattr_setsigmask(&attributes_, &none);
    error |= posix_spawnattr_setsigdefault(&attributes_, &usual);
    error |= posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    error |= posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    int number = first_inherited;
    for (const OwnedDescriptor& descriptor : inherited) {
      error |= posix_spawn_file_actions_adddup2(&actions_, descriptor.number(), number++);
    }
    error |= posix_spawn_file_actions_addclosefrom_np(&actions_, number);
    return error == 0;
  }
  [[nodiscard]] int execute(pid_t& child, std::vector<char*>& arguments) {
    return posix_spawn(&child, arguments.front(), &actions_, &attributes_, arguments.data(),
                       environ);
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

OwnedDescriptor::OwnedDescriptor(OwnedDescriptor&& other) noexcept
    : number_{std::exchange(other.number_, -1)} {}

OwnedDescriptor& OwnedDescriptor::operator=(OwnedDescriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

OwnedDescriptor::~OwnedDescriptor() {
  if (number_ >= 0) {
    ::close(number_);
  }
}

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& words,
                                         std::span<const int> inherited) {
  std::vector<std::string> copies = words;
  std::vector<char*> arguments;
  std::ranges::transform(copies, std::back_inserter(arguments),
                         [](std::string& word) { return word.data(); });
  arguments.push_back(nullptr);
  std::vector<OwnedDescriptor> moved;
  int error = 0;
  for (const int number : inherited) {
    moved.emplace_back(::fcntl(number, F_DUPFD_CLOEXEC, out_of_the_way));
    error = moved.back().number() < 0 ? errno : error;
  }
  SpawnPlan plan;
  pid_t child = 0;
  if (error == 0) {
    error = plan.describe(moved) ? plan.execute(child, arguments) : ENOMEM;
  }
  if (error != 0) {
    return Error::unavailable(
        fmt::format("\"{}\" cannot be started ({}); free some processes or "
                    "descriptors",
                    fmt::join(words, " "), std::strerror(error)));
  }
  return ChildProcess{child, OwnedDescriptor{open_end(child)}};
}

ChildProcess::ChildProcess(pid_t process_id, OwnedDescriptor end) noexcept
    : process_id_{process_id}, end_{std::move(end)} {}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : process_id_{std::exchange(other.process_id_, 0)}, end_{std::move(other.end_)} {}

ChildProcess::~ChildProcess() {
  if (process_id_ > 0) {
    send(SIGKILL);
    ::waitpid(process_id_, nullptr, 0);
  }
}

void ChildProcess::send(int signal_number) const noexcept {
  if (process_id_ > 0) {
    ::kill(process_id_, signal_number);
  }
}

std::optional<ChildEnd> ChildProcess::reap() noexcept {
  int status = 0;
  rusage usage = {};
  if (process_id_ <= 0 || ::wait4(process_id_, &status, WNOHANG, &usage) != process_id_) {
    return std::nullopt;
  }
  process_id_ = 0;
  return ChildEnd{.left = WIFEXITED(status) && WEXITSTATUS(status) == 0,
                  .killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
                  .cpu_time = to_duration(usage.ru_utime) + to_duration(usage.ru_stime)};
}

Duration cpu_time_of(pid_t process_id) noexcept {
  clockid_t clock = 0;
  timespec time{};
  if (process_id <= 0 || ::clock_getcpuclockid(process_id, &clock) != 0 ||
      ::clock_gettime(clock, &time) != 0) {
    return Duration{0};
  }
  return std::chrono::seconds{time.tv_sec} + Duration{time.tv_nsec};
}

}  // namespace queuemeter
