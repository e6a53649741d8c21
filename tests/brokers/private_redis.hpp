// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/queue_settings.hpp"
#include "harness/path/record_table.hpp"
#include "harness/queue/queue.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace queuemeter::brokers_test {

/// Whether redis-server is installed; tests skip where it is not.
[[nodiscard]] bool has_redis_server();

/// A Redis server of the test's own: on loopback, with a temporary folder, ended by its process id
/// with this object. One thread.
class PrivateRedis {
 public:
  /// `arguments` are added to its command line. Throws when it does not become ready.
  explicit PrivateRedis(std::vector<std::string> arguments = {});
  PrivateRedis(const PrivateRedis&) = delete;
  PrivateRedis& operator=(const PrivateRedis&) = delete;
  ~PrivateRedis();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
  /// redis://127.0.0.1:port/0, with `credentials` ("user:password@") before the host.
  [[nodiscard]] std::string url(const std::string& credentials = {}) const;
  [[nodiscard]] pid_t process_id() const noexcept { return process_id_; }

  void kill();
  /// Starts it again after `kill`, on the same port.
  void start();
  void freeze() const;
  void thaw() const;

  /// What redis-cli says to a command, without the line's end.
  [[nodiscard]] std::string cli(const std::string& command) const;

 private:
  std::vector<std::string> arguments_;
  std::string folder_;
  std::uint16_t port_ = 0;
  pid_t process_id_ = -1;
};

/// A port of this host that nobody listens on.
[[nodiscard]] std::uint16_t free_port();
/// Runs a shell command; its output. For tools such as openssl.
[[nodiscard]] std::string output_of(const std::string& command);

/// Records of a run and the context of a queue that carries them.
struct TestRun {
  explicit TestRun(std::size_t slots, std::uint32_t payload_bytes = 100,
                   std::uint64_t run_id = 0x1234);

  /// Handles of `count` calls from `first` on, published, as an offerer makes them.
  std::vector<CallHandle> calls(std::size_t first, std::size_t count);

  std::uint32_t payload;
  RecordTable records;
  QueueContext context;
};

/// A sink that writes down what it hears.
class HeardConfirmations final : public ConfirmationSink {
 public:
  void confirmed(CallHandle call, QueueResult result, Instant at) noexcept override {
    heard.push_back({call, result, at});
  }
  [[nodiscard]] std::size_t count(QueueResult result) const noexcept;

  struct Heard {
    CallHandle call;
    QueueResult result;
    Instant at;
  };
  std::vector<Heard> heard;
};

/// Opens the queue; throws its sentence when that fails.
[[nodiscard]] std::unique_ptr<Queue> open(const std::string& url, TestRun& run,
                                          QueueSettings settings = {});

/// Steps until the sink has heard of `count` calls, or five seconds have passed.
void step_until(QueueProducer& producer, const HeardConfirmations& sink, std::size_t count);

/// The depth, once it is `expected`, or whatever it is after five seconds: a look waits 2 ms only.
[[nodiscard]] std::optional<std::size_t> depth_soon(const Queue& queue, std::size_t expected);

}  // namespace queuemeter::brokers_test
