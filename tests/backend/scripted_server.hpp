// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace queuemeter {

/// What one connection of a `ScriptedServer` can do. Blocks its own thread only.
class ScriptedPeer {
 public:
  explicit ScriptedPeer(int socket) : socket_{socket} {}
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;
  ~ScriptedPeer();

  /// Head and body of the next request; empty when the client has closed.
  [[nodiscard]] std::string read_request();
  void say(std::string_view bytes);
  /// Answers 200 with these bytes as the body.
  void answer(std::string_view body);
  /// Closes with a reset instead of an orderly end.
  void reset();
  /// Waits until the client has closed; false after 5 s.
  [[nodiscard]] bool wait_for_end();

 private:
  friend class ScriptedServer;
  int socket_;
  std::string read_ahead_;
};

/// A server on a free loopback port that does on each connection what a test tells it, also what
/// no HTTP server would do.
class ScriptedServer {
 public:
  /// Called on a thread of its own for each connection; `number` counts them from 0. The
  /// connection is closed when the script returns.
  using Script = std::function<void(ScriptedPeer& peer, std::size_t number)>;

  explicit ScriptedServer(Script script);
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer();

  [[nodiscard]] std::string url(std::string_view target = "/") const;
  [[nodiscard]] std::size_t connections();

 private:
  void accept_all();

  Script script_;
  int listener_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;  // guards peers_
  std::list<ScriptedPeer> peers_;
  std::list<std::thread> threads_;  // of the accepting thread
  std::thread accepting_;
};

/// The value of a header of a request; empty when it is absent.
[[nodiscard]] std::string header_of(std::string_view request, std::string_view name);

/// A port of the loopback address on which nobody listens.
[[nodiscard]] std::uint16_t unused_port();

}  // namespace queuemeter
