// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace queuemeter {

/// One blocking connection to a server on the loopback address that says exactly what a test wants,
/// also what is no HTTP.
class ServedClient {
 public:
  explicit ServedClient(std::uint16_t port);
  ServedClient(ServedClient&& other) noexcept;
  ServedClient& operator=(ServedClient&&) = delete;
  ~ServedClient();

  [[nodiscard]] bool is_connected() const noexcept { return socket_ >= 0; }
  /// False when the server has closed.
  bool send(std::string_view bytes);
  /// Head and body of the next response; "" when the server closed, or none came within 10 s.
  [[nodiscard]] std::string receive(bool of_head_request = false);
  /// Bytes up to this end, or what came until the server closed.
  [[nodiscard]] std::string receive_until(std::string_view end);
  [[nodiscard]] std::string ask(std::string_view request);
  /// Nothing has come for so long.
  [[nodiscard]] bool hears_nothing_for(int milliseconds);
  /// The server closes within 10 s, whatever it says before.
  [[nodiscard]] bool is_closed_by_server();
  void close();
  /// Closes with a reset.
  void reset();
  /// Takes only little at a time.
  void narrow_receive_buffer();

 private:
  [[nodiscard]] bool read_more();

  int socket_;
  std::string unread_;
};

/// "200" of "HTTP/1.1 200 OK…"; 0 when it is no response.
[[nodiscard]] int status_in(std::string_view response);
[[nodiscard]] std::string body_in(std::string_view response);
/// The value of a header line; "" when it is absent.
[[nodiscard]] std::string field_in(std::string_view response, std::string_view name);

}  // namespace queuemeter
