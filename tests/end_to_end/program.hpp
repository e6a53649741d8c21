// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace queuemeter::end_to_end {

/// How a program ended, and what it said.
struct Finished {
  int exit_code = -1;      ///< -1 when a signal ended it
  int signal = 0;          ///< 0 when it ended by itself
  bool timed_out = false;  ///< it was killed because it went past its time limit
  std::string out;
  std::string err;
};

/// How to start a program.
struct Start {
  std::string program = QUEUEMETER_BINARY;
  std::vector<std::string> arguments = {};
  std::string folder = {};                                            ///< where it runs; "" = here
  std::vector<std::pair<std::string, std::string>> environment = {};  ///< added to ours
};

/// A program that runs as a child of the test. One thread. It dies with this object and with the
/// test program, so that nothing stays behind.
class RunningProgram {
 public:
  /// Throws std::runtime_error when it cannot be started.
  explicit RunningProgram(const Start& start);
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;
  ~RunningProgram();

  [[nodiscard]] pid_t process_id() const noexcept { return process_id_; }
  void send(int signal) const;

  /// Waits until what it printed on stdout contains `text`; false when it ended or `limit` passed
  /// before that.
  [[nodiscard]] bool wait_for_output(const std::string& text, std::chrono::milliseconds limit);
  /// The same for stderr.
  [[nodiscard]] bool wait_for_errors(const std::string& text, std::chrono::milliseconds limit);
  /// Waits for its end; kills it when `limit` passes before that.
  [[nodiscard]] Finished wait(std::chrono::milliseconds limit);

  /// What it has printed on stdout so far.
  [[nodiscard]] const std::string& output() const noexcept { return finished_.out; }

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  [[nodiscard]] bool read_some(Deadline deadline);
  [[nodiscard]] bool wait_for(const std::string& stream, const std::string& text,
                              std::chrono::milliseconds limit);
  void reap();

  pid_t process_id_ = -1;  // -1 once reaped
  int out_ = -1;           // our ends of its pipes; -1 once it has closed them
  int err_ = -1;
  Finished finished_;
};

/// Runs `queuemeter` with these arguments to its end.
[[nodiscard]] Finished run_queuemeter(const std::vector<std::string>& arguments,
                                      const std::string& folder = {},
                                      std::chrono::milliseconds limit = std::chrono::seconds{60});

/// A folder in the system's temporary one that goes away with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// Writes a file below the folder and returns its path.
  std::string write(const std::string& name, const std::string& text) const;

 private:
  std::string path_;
};

}  // namespace queuemeter::end_to_end
