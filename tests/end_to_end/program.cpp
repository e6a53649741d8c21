// SPDX-License-Identifier: Apache-2.0
#include "tests/end_to_end/program.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace queuemeter::end_to_end {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct Pipe {
  int read = -1;
  int write = -1;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::system_error{errno, std::generic_category(), "pipe2"};
  }
  return {ends[0], ends[1]};
}

/// The child's side between fork and exec. The test program has one thread when it forks.
[[noreturn]] void become(const Start& start, char* const* arguments, int out, int err) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  if (!start.folder.empty() && chdir(start.folder.c_str()) != 0) {
    _exit(127);
  }
  for (const auto& [name, value] : start.environment) {
    setenv(name.c_str(), value.c_str(), 1);
  }
  execvp(start.program.c_str(), arguments);
  _exit(127);
}

/// Appends what is there; false at the end of the stream.
bool drain(int descriptor, std::string& text) {
  std::array<char, 65536> buffer{};
  const ssize_t count = read(descriptor, buffer.data(), buffer.size());
  if (count > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return count > 0 || (count < 0 && errno == EINTR);
}

int time_left(steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
  return static_cast<int>(std::max<std::int64_t>(left, 0));
}

}  // namespace

RunningProgram::RunningProgram(const Start& start) {
  std::vector<std::string> words{start.program};
  words.insert(words.end(), start.arguments.begin(), start.arguments.end());
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);

  const Pipe out = make_pipe();
  const Pipe err = make_pipe();
  process_id_ = fork();
  if (process_id_ == 0) {
    become(start, arguments.data(), out.write, err.write);
  }
  close(out.write);
  close(err.write);
  out_ = out.read;
  err_ = err.read;
  if (process_id_ < 0) {
    throw std::system_error{errno, std::generic_category(), "fork"};
  }
}

RunningProgram::~RunningProgram() {
  if (process_id_ > 0) {
    kill(process_id_, SIGKILL);
    reap();
  }
  for (const int descriptor : {out_, err_}) {
    if (descriptor >= 0) {
      close(descriptor);
    }
  }
}

void RunningProgram::send(int signal) const {
  if (process_id_ > 0) {
    kill(process_id_, signal);
  }
}

bool RunningProgram::read_some(Deadline deadline) {
  if (out_ < 0 && err_ < 0) {
    return false;
  }
  // A negative descriptor is ignored by poll.
  std::array<pollfd, 2> streams{pollfd{out_, POLLIN, 0}, pollfd{err_, POLLIN, 0}};
  if (poll(streams.data(), streams.size(), time_left(deadline)) == 0) {
    return false;
  }
  const auto take = [](const pollfd& stream, int& descriptor, std::string& text) {
    if (stream.revents != 0 && !drain(descriptor, text)) {
      close(descriptor);
      descriptor = -1;
    }
  };
  take(streams[0], out_, finished_.out);
  take(streams[1], err_, finished_.err);
  return true;
}

bool RunningProgram::wait_for(const std::string& stream, const std::string& text,
                              milliseconds limit) {
  const Deadline deadline = steady_clock::now() + limit;
  while (stream.find(text) == std::string::npos) {
    if (!read_some(deadline)) {
      return false;
    }
  }
  return true;
}

bool RunningProgram::wait_for_output(const std::string& text, milliseconds limit) {
  return wait_for(finished_.out, text, limit);
}

bool RunningProgram::wait_for_errors(const std::string& text, milliseconds limit) {
  return wait_for(finished_.err, text, limit);
}

Finished RunningProgram::wait(milliseconds limit) {
  const Deadline deadline = steady_clock::now() + limit;
  while (read_some(deadline)) {
  }
  if (out_ >= 0 || err_ >= 0) {
    finished_.timed_out = true;
    send(SIGKILL);
  }
  reap();
  return finished_;
}

void RunningProgram::reap() {
  int status = 0;
  while (process_id_ > 0 && waitpid(process_id_, &status, 0) < 0 && errno == EINTR) {
  }
  process_id_ = -1;
  if (WIFEXITED(status)) {
    finished_.exit_code = WEXITSTATUS(status);
  } else if (WIFSIGNALED(status)) {
    finished_.signal = WTERMSIG(status);
  }
}

Finished run_queuemeter(const std::vector<std::string>& arguments, const std::string& folder,
                        milliseconds limit) {
  RunningProgram program{{.arguments = arguments, .folder = folder}};
  return program.wait(limit);
}

TemporaryFolder::TemporaryFolder()
    : path_{(std::filesystem::temp_directory_path() / "queuemeter_test_XXXXXX").string()} {
  if (mkdtemp(path_.data()) == nullptr) {
    throw std::system_error{errno, std::generic_category(), "mkdtemp"};
  }
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;  // a test that made it unreadable says so itself
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const std::string& text) const {
  const std::filesystem::path file = std::filesystem::path{path_} / name;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream{file, std::ios::binary} << text;
  return file.string();
}

}  // namespace queuemeter::end_to_end
