// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace queuemeter {

/// A command of ours that serves HTTP, as a child process on a loopback port, so that its CPU and
/// its scheduling are not the generator's. It has a process group of its own, so that an interrupt
/// from the terminal reaches only us and the drain still finds a server; and it dies with the
/// thread that started it. One thread.
class ServerProcess {
 public:
  /// Where the child finds the descriptor that it is passed.
  static constexpr int passed_on_descriptor = 3;

  /// Starts `words`, a program and its arguments, at least a command's name among them, and waits
  /// until it says on which URL it listens, `patience` at the most. `passed_on` is a descriptor for
  /// the child, or -1; it stays open here. Errors: cannot start, did not get ready in time (with
  /// its last words).
  [[nodiscard]] static Result<std::unique_ptr<ServerProcess>> start(std::vector<std::string> words,
                                                                    Duration patience,
                                                                    int passed_on = -1);
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  /// Terminates the child (SIGTERM, then SIGKILL) by its own process id and reaps it.
  ~ServerProcess();

  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  [[nodiscard]] int process_id() const noexcept { return process_id_; }
  /// Stops and continues the child (SIGSTOP, SIGCONT): a freeze.
  void freeze();
  void thaw();

 private:
  ServerProcess(int process_id, int output, std::string url)
      : process_id_{process_id}, output_{output}, url_{std::move(url)} {}
  int process_id_;
  int output_;  // the child's standard output, kept open so that it can go on writing
  std::string url_;
};

}  // namespace queuemeter
