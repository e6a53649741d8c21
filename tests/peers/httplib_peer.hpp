// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/peers/peers.hpp"

#include <httplib.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

namespace queuemeter::peers {

/// cpp-httplib as people use it: a pool of threads, each of which stays with one connection for as
/// long as that is kept open.
class HttplibPeer final : public RunningPeer, private httplib::Server {
 public:
  /// Every answer takes `service_time`.
  explicit HttplibPeer(std::size_t threads, std::chrono::milliseconds service_time = {});
  ~HttplibPeer() override;

  [[nodiscard]] std::string url(std::string_view target) const override;

 private:
  void serve_pages();

  std::chrono::milliseconds service_time_;
  std::uint16_t port_ = 0;
  std::thread serving_;
};

}  // namespace queuemeter::peers
