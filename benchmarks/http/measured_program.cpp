// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/http/measured_program.hpp"

#include "harness/record/result_json.hpp"
#include "tests/end_to_end/program.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <spawn.h>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

extern char** environ;

namespace queuemeter::http_benchmark {
namespace {

std::string read_to_end(int descriptor) {
  std::string text;
  std::array<char, 65536> bytes{};
  for (ssize_t got = 0; (got = ::read(descriptor, bytes.data(), bytes.size())) > 0;) {
    text.append(bytes.data(), static_cast<std::size_t>(got));
  }
  return text;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

/// Starts it with stdout into `out`.
pid_t spawn(std::vector<std::string> words, int out) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) {
    pointers.push_back(word.data());
  }
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
  pid_t process = -1;
  const int failure =
      ::posix_spawnp(&process, pointers.front(), &files, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (failure != 0) {
    throw std::runtime_error{words.front() + " cannot be started"};
  }
  return process;
}

}  // namespace

Finished run_to_end(const std::vector<std::string>& words, std::optional<int> core) {
  std::vector<std::string> all;
  if (core) {
    all = {"taskset", "-c", std::to_string(*core)};
  }
  all.insert(all.end(), words.begin(), words.end());
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error{"no pipe"};
  }
  const pid_t process = spawn(all, pipe[1]);
  ::close(pipe[1]);
  Finished finished;
  finished.out = read_to_end(pipe[0]);
  ::close(pipe[0]);
  int status = 0;
  rusage usage{};
  ::wait4(process, &status, 0, &usage);
  finished.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  finished.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  finished.max_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  return finished;
}

MeasuredRun run_queuemeter(std::vector<std::string> arguments, std::optional<int> core) {
  const end_to_end::TemporaryFolder folder;
  std::vector<std::string> words{QUEUEMETER_BINARY, "run"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  words.insert(words.end(), {"--out", folder.path() + "/run", "--quiet"});
  Finished finished = run_to_end(words, core);
  Result<RunDocument> result = read_run_document(folder.path() + "/run");
  if (!result || !result->complete || !result->balanced) {
    throw std::runtime_error{
        fmt::format("no result of {} (exit code {})", fmt::join(words, " "), finished.exit_code)};
  }
  return {std::move(*result), std::move(finished)};
}

double cpu_seconds_of(pid_t process) {
  clockid_t clock = 0;
  timespec used{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &used) != 0) {
    throw std::runtime_error{"a process of the measurement has ended"};
  }
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

std::uint64_t peak_resident_bytes_of(pid_t process) {
  std::ifstream file{fmt::format("/proc/{}/status", process)};
  std::uint64_t kibibytes = 0;
  for (std::string word; file >> word;) {
    if (word == "VmHWM:") {
      file >> kibibytes;
      break;
    }
  }
  return kibibytes * 1024;
}

}  // namespace queuemeter::http_benchmark
