// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/end_to_end/program.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace queuemeter::peers {

/// Whether a program can be started by this name: in PATH, or where Debian keeps servers.
[[nodiscard]] bool is_installed(const std::string& program);

/// A server that somebody else wrote, run for one test: on a free port of the loopback address, in
/// a folder of its own, as a process group that ends with this object and also when the test is
/// killed. One thread.
class PrivateServer {
 public:
  struct Command {
    std::vector<std::string> words;             ///< the program and its arguments
    std::vector<std::string> environment = {};  ///< "NAME=value", added to ours
  };
  /// Writes what the server needs into `folder`; it must stay in the foreground and listen on
  /// 127.0.0.1:`port`.
  using MakeCommand =
      std::function<Command(const end_to_end::TemporaryFolder& folder, std::uint16_t port)>;

  /// Starts it and waits until it accepts connections. Throws with the server's own words when it
  /// does not.
  explicit PrivateServer(const MakeCommand& make_command);
  PrivateServer(const PrivateServer&) = delete;
  PrivateServer& operator=(const PrivateServer&) = delete;
  ~PrivateServer();

  [[nodiscard]] std::string url(std::string_view target = "/") const;
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] pid_t process_id() const noexcept { return process_id_; }

 private:
  void start(const Command& command);
  [[nodiscard]] bool becomes_ready();
  void stop();

  end_to_end::TemporaryFolder folder_;
  std::uint16_t port_ = 0;
  pid_t process_id_ = -1;
  int leash_ = -1;  // our end of the pipe that tells the group that we live
};

/// The text of a file in tests/peers/servers, with @PORT@ and @FOLDER@ filled in.
[[nodiscard]] std::string server_file(std::string_view name, std::string_view folder,
                                      std::uint16_t port);

}  // namespace queuemeter::peers
