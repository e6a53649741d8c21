// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend_server.hpp"
#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"

#include <memory>
#include <string>
#include <utility>

namespace queuemeter {

/// `queuemeter backend` as a child process on a free loopback port, so that its CPU and its
/// scheduling are not the generator's. It has a process group of its own, so that an interrupt from
/// the terminal reaches only us and the drain still finds a backend; and it dies with the thread
/// that started it. One thread.
class BackendProcess {
 public:
  /// Starts `program backend …` and waits until it says on which port it listens, `patience` at
  /// the most. Errors: cannot start, did not get ready in time (with its last words).
  [[nodiscard]] static Result<std::unique_ptr<BackendProcess>> start(
      const std::string& program, const BackendServerSettings& settings, Duration patience);
  BackendProcess(const BackendProcess&) = delete;
  BackendProcess& operator=(const BackendProcess&) = delete;
  /// Terminates the child (SIGTERM, then SIGKILL) by its own process id and reaps it.
  ~BackendProcess();

  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  [[nodiscard]] int process_id() const noexcept { return process_id_; }
  /// Stops and continues the child (SIGSTOP, SIGCONT): a freeze.
  void freeze();
  void thaw();

 private:
  BackendProcess(int process_id, int output, std::string url)
      : process_id_{process_id}, output_{output}, url_{std::move(url)} {}
  int process_id_;
  int output_;  // the child's standard output, kept open so that it can go on writing
  std::string url_;
};

}  // namespace queuemeter
