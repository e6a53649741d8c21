// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>

namespace queuemeter {

/// A site that answers when a test says so, and what. One thread, virtual time.
class ToldSite final : public Backend {
 public:
  explicit ToldSite(const Clock& clock) : clock_{clock} {}

  [[nodiscard]] std::unique_ptr<BackendClient> make_client(const Clock& /*clock*/, ReplySink& sink,
                                                           boost::asio::io_context*) override {
    sink_ = &sink;
    return std::make_unique<Client>(*this);
  }
  [[nodiscard]] std::optional<BackendAccount> account() override { return std::nullopt; }

  /// Whether a request for this call is waiting for its answer.
  [[nodiscard]] bool is_asked(std::uint64_t sequence) const { return out_.contains(sequence); }
  [[nodiscard]] std::size_t out() const { return out_.size(); }

  /// Answers now.
  void answer(std::uint64_t sequence, std::uint16_t status) {
    answer(sequence, status, status < 300 ? Reason::none : Reason::backend_error);
  }
  void answer(std::uint64_t sequence, std::uint16_t status, Reason reason,
              std::string_view location = {}) {
    const CallHandle call = out_.extract(sequence).mapped();
    sink_->replied(call, {.reason = reason,
                          .called_at = clock_.now(),
                          .replied_at = clock_.now(),
                          .status = status,
                          .location = location});
  }

  std::size_t requests = 0;   ///< begun so far
  std::size_t abandoned = 0;  ///< given up by the client

 private:
  class Client final : public BackendClient {
   public:
    explicit Client(ToldSite& site) : site_{site} {}
    void begin(CallHandle call, Instant /*now*/) override {
      ++site_.requests;
      site_.out_.emplace(call.sequence, call);
    }
    void abandon(CallHandle call) override { site_.abandoned += site_.out_.erase(call.sequence); }
    [[nodiscard]] std::size_t in_flight() const noexcept override { return site_.out_.size(); }
    [[nodiscard]] Instant next_wake() const noexcept override { return never; }
    Instant step(Instant /*now*/) override { return never; }

   private:
    ToldSite& site_;
  };

  const Clock& clock_;
  ReplySink* sink_ = nullptr;
  std::map<std::uint64_t, CallHandle> out_;
};

}  // namespace queuemeter
