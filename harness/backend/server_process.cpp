// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/server_process.hpp"

#include "harness/call/clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <signal.h>
#include <string_view>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace queuemeter {
namespace {

constexpr std::string_view ready_mark = " listens on ";
constexpr Duration patience_to_end = std::chrono::seconds{1};

/// A file descriptor that is closed when it goes out of scope.
class Descriptor {
 public:
  explicit Descriptor(int number) noexcept : number_{number} {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  [[nodiscard]] int number() const noexcept { return number_; }
  [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }
  void close() noexcept {
    if (number_ >= 0) {
      ::close(release());
    }
  }

 private:
  int number_;
};

/// The child's side of the fork: only async-signal-safe calls, because other threads may have held
/// any lock.
[[noreturn]] void become(char* const* words, pid_t parent, int input, int output, int errors,
                         int passed_on) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) {
    ::_exit(127);  // the parent died before it could be told
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  if (passed_on >= 0) {
    ::dup2(passed_on, ServerProcess::passed_on_descriptor);
    ::fcntl(ServerProcess::passed_on_descriptor, F_SETFD, 0);  // also where it was the same one
  }
  ::close_range(passed_on >= 0 ? ServerProcess::passed_on_descriptor + 1
                               : ServerProcess::passed_on_descriptor,
                ~0U, 0);
  ::execv(words[0], words);
  const char* reason = ::strerrordesc_np(errno);
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, reason, std::strlen(reason));
  ::_exit(127);
}

/// Waits for the child's end; true when it has been reaped.
bool reap_within(pid_t child, Duration patience) {
  const MonotonicClock clock;
  const Instant gives_up_at = clock.now() + patience;
  constexpr timespec pause{0, 2'000'000};
  for (;;) {
    const pid_t ended = ::waitpid(child, nullptr, WNOHANG);
    if (ended == child || (ended < 0 && errno == ECHILD)) {
      return true;
    }
    if (clock.now() >= gives_up_at) {
      return false;
    }
    ::nanosleep(&pause, nullptr);
  }
}

void end(pid_t child) {
  ::kill(child, SIGCONT);  // a frozen child could not hear the next signal
  ::kill(child, SIGTERM);
  if (!reap_within(child, patience_to_end)) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
}

/// The URL in the line that says the server is ready; nothing when the output ended, or
/// `patience` was over, before the line came.
std::optional<std::string> read_url(int output, Duration patience) {
  const MonotonicClock clock;
  const Instant gives_up_at = clock.now() + patience;
  std::string text;
  std::array<char, 512> bytes{};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(gives_up_at - clock.now());
    if (left.count() <= 0) {
      return std::nullopt;
    }
    pollfd wanted{output, POLLIN, 0};
    const auto most = std::min<std::int64_t>(left.count(), 60'000);
    const int ready = ::poll(&wanted, 1, static_cast<int>(most));
    const ssize_t got = ready > 0 ? ::read(output, bytes.data(), bytes.size()) : 0;
    if (ready > 0 && got <= 0) {
      return std::nullopt;
    }
    text.append(bytes.data(), ready > 0 ? static_cast<std::size_t>(got) : 0);
    const std::size_t mark = text.find(ready_mark);
    const std::size_t end = mark == std::string::npos ? mark : text.find('\n', mark);
    if (end != std::string::npos) {
      return text.substr(mark + ready_mark.size(), end - mark - ready_mark.size());
    }
  }
}

std::string last_words(int errors) {
  constexpr off_t most = 400;
  std::string text(most, '\0');
  const off_t size = ::lseek(errors, 0, SEEK_END);
  const ssize_t got = ::pread(errors, text.data(), text.size(), std::max<off_t>(0, size - most));
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  while (!text.empty() && text.back() == '\n') {
    text.pop_back();
  }
  return text.empty() ? "it said nothing" : fmt::format("it said: {}", text);
}

}  // namespace

Result<std::unique_ptr<ServerProcess>> ServerProcess::start(std::vector<std::string> words,
                                                            Duration patience, int passed_on) {
  const std::string command = words.at(0) + " " + words.at(1);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);

  std::array<int, 2> ends{-1, -1};
  const bool has_pipe = ::pipe2(ends.data(), O_CLOEXEC) == 0;
  Descriptor output{ends[0]};
  Descriptor output_of_child{ends[1]};
  const Descriptor errors{::memfd_create("server errors", MFD_CLOEXEC)};
  const Descriptor nothing{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  const pid_t parent = ::getpid();
  const pid_t child =
      has_pipe && errors.number() >= 0 && nothing.number() >= 0 ? ::fork() : pid_t{-1};
  if (child < 0) {
    return Error::unavailable(
        fmt::format("the process \"{}\" cannot be started ({}); free some descriptors or processes",
                    command, std::strerror(errno)));
  }
  if (child == 0) {
    become(arguments.data(), parent, nothing.number(), output_of_child.number(), errors.number(),
           passed_on);
  }
  output_of_child.close();
  auto url = read_url(output.number(), patience);
  if (!url) {
    end(child);
    return Error::unavailable(fmt::format(
        "the process \"{}\" did not get ready within {:.1f} s ({}); start it by hand to see why",
        command, to_seconds(patience), last_words(errors.number())));
  }
  return std::unique_ptr<ServerProcess>{
      new ServerProcess{child, output.release(), std::move(*url)}};
}

ServerProcess::~ServerProcess() {
  end(process_id_);
  ::close(output_);
}

void ServerProcess::freeze() { ::kill(process_id_, SIGSTOP); }

void ServerProcess::thaw() { ::kill(process_id_, SIGCONT); }

}  // namespace queuemeter
