// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend_server.hpp"
#include "harness/call/error.hpp"
#include "harness/call/instant.hpp"

#include <memory>
#include <string>

namespace queuemeter {

/// `queuemeter backend` as a child process on a free loopback port, so that its CPU and its
/// scheduling are not the generator's. Dies with its parent. One thread.
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
  BackendProcess(int process_id, std::string url) : process_id_{process_id}, url_{std::move(url)} {}
  int process_id_;
  std::string url_;
};

}  // namespace queuemeter
