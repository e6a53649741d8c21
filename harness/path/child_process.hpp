// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"

#include <optional>
#include <span>
#include <string>
#include <sys/types.h>
#include <vector>

namespace queuemeter {

/// A file descriptor that is closed when it goes out of scope.
class OwnedDescriptor {
 public:
  explicit OwnedDescriptor(int number = -1) noexcept : number_{number} {}
  OwnedDescriptor(OwnedDescriptor&& other) noexcept;
  OwnedDescriptor& operator=(OwnedDescriptor&& other) noexcept;
  ~OwnedDescriptor();
  [[nodiscard]] int number() const noexcept { return number_; }

 private:
  int number_;
};

/// How a child ended.
struct ChildEnd {
  bool left = false;     ///< by itself, with exit code 0
  bool killed = false;   ///< by SIGKILL, which is somebody else's doing
  Duration cpu_time{0};  ///< user and system
};

/// A child of ours: started, signalled and reaped by its own id, never by name or in bulk.
///
/// Used by the thread that started it, which the child does not outlive if it asks the kernel to
/// be told (PR_SET_PDEATHSIG).
class ChildProcess {
 public:
  /// Runs `words` in a process group of its own, with the descriptors of `inherited` as 3, 4, …,
  /// our standard error and nothing else. `words[0]` is the program.
  [[nodiscard]] static Result<ChildProcess> start(const std::vector<std::string>& words,
                                                  std::span<const int> inherited);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) = delete;
  /// Kills and reaps it, if nobody has.
  ~ChildProcess();

  [[nodiscard]] pid_t process_id() const noexcept { return process_id_; }
  /// Readable when the child has ended; for epoll.
  [[nodiscard]] int end_descriptor() const noexcept { return end_.number(); }
  void send(int signal_number) const noexcept;
  /// How it ended; nothing as long as it lives.
  [[nodiscard]] std::optional<ChildEnd> reap() noexcept;

 private:
  ChildProcess(pid_t process_id, OwnedDescriptor end) noexcept;
  pid_t process_id_;  // 0 once it has been reaped
  OwnedDescriptor end_;
};

/// CPU time of a living process; 0 when it is none.
[[nodiscard]] Duration cpu_time_of(pid_t process_id) noexcept;

}  // namespace queuemeter
