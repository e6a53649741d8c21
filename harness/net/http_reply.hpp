// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

namespace queuemeter {

class ServedExchange;

/// Hears that the client of a request that is not answered yet has left.
class ClientWatcher {
 public:
  ClientWatcher() = default;
  ClientWatcher(const ClientWatcher&) = delete;
  ClientWatcher& operator=(const ClientWatcher&) = delete;
  /// On the server's thread, from its event loop, once at the most. The reply may be dropped here,
  /// and other requests may be answered.
  virtual void client_left(std::uint64_t token) = 0;

 protected:
  ~ClientWatcher() = default;
};

/// The answer that one request waits for, given now or later. To be moved about; whoever drops it
/// without an answer closes the connection. Answers leave in the order of their requests, whatever
/// the order in which they are given. Used on the server's thread only, also after the server.
class HttpReply {
 public:
  HttpReply() = default;
  HttpReply(HttpReply&& other) noexcept : exchange_{std::exchange(other.exchange_, nullptr)} {}
  HttpReply& operator=(HttpReply&& other) noexcept;
  ~HttpReply() { drop(); }

  /// There is a request to be answered.
  [[nodiscard]] explicit operator bool() const noexcept { return exchange_ != nullptr; }
  /// Nobody waits for this answer any more: the client has closed, or its connection broke.
  [[nodiscard]] bool client_has_left() const noexcept;
  /// `watcher` is told `token` when the client leaves before the answer is whole.
  void watch(ClientWatcher& watcher, std::uint64_t token) noexcept;

  /// Answers. `fields` are header lines, "Name: value" and CR LF each; the length, the date and
  /// what concerns the connection are added. Of a HEAD request the body is only measured.
  void answer(unsigned status, std::string_view fields = {}, std::string_view body = {});
  /// Begins an answer whose body of `body_bytes` comes piece by piece by `add`, and ends with the
  /// last of them.
  void begin(unsigned status, std::string_view fields, std::uint64_t body_bytes);
  void add(std::string_view piece);

 private:
  friend class ServedConnection;
  explicit HttpReply(ServedExchange& exchange) noexcept : exchange_{&exchange} {}
  void drop() noexcept;

  ServedExchange* exchange_ = nullptr;
};

}  // namespace queuemeter
