// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/backend/http_backend.hpp"
#include "harness/call/error.hpp"
#include "harness/front/call_book.hpp"
#include "harness/front/front_settings.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace queuemeter {

/// The calls by the slots of their records: how a worker finds what it is to send. An entry is
/// written before its record is offered, and stays until the call is handed back.
using FrontSeats = std::vector<FrontCall*>;

/// The backend of a front end's workers: sends the body that the client sent, under its id, and
/// keeps what the backend answered with the call. Thread-safe as far as `Backend` is.
class FrontBackend final : public Backend, private CallPlaces {
 public:
  /// `seats` must outlive it. Errors: what is wrong with the URL.
  [[nodiscard]] static Result<std::unique_ptr<FrontBackend>> make(const FrontSettings& settings,
                                                                  std::uint64_t run_id,
                                                                  const FrontSeats& seats);

  [[nodiscard]] std::unique_ptr<BackendClient> make_client(const Clock& clock, ReplySink& sink,
                                                           boost::asio::io_context* loop) override;
  [[nodiscard]] std::optional<BackendAccount> account() override { return std::nullopt; }

  /// The call that a worker has in hand; null for a delivery too many, which is nobody's.
  [[nodiscard]] FrontCall* call_of(const Call& call) const noexcept {
    return call.run_id == run_id_ ? seats_[call.slot] : nullptr;
  }

 private:
  FrontBackend(std::uint64_t run_id, const FrontSeats& seats) : run_id_{run_id}, seats_{seats} {}

  void append_callback(const Call& call, std::string& text) const override;
  void append_result(const Call& call, std::string& text) const override;

  const std::uint64_t run_id_;
  const FrontSeats& seats_;
  std::unique_ptr<Backend> http_;
};

}  // namespace queuemeter
