// SPDX-License-Identifier: Apache-2.0
#include "harness/front/backend_watch.hpp"

namespace queuemeter {
namespace {

Reason reason_of(unsigned status) noexcept {
  constexpr unsigned first_error = 400;
  constexpr unsigned too_many_requests = 429;
  constexpr unsigned unavailable = 503;
  if (status < first_error) {
    return Reason::none;
  }
  if (status == too_many_requests) {
    return Reason::backend_quota;
  }
  return status == unavailable ? Reason::backend_refused : Reason::backend_error;
}

}  // namespace

std::optional<std::uint64_t> BackendWatch::begun(const HttpRequest& request) {
  const std::optional<std::uint64_t> sequence = finder_.find(request);
  if (!sequence.has_value()) {
    writer_.strange();
  }
  return sequence;
}

void BackendWatch::answered(std::uint64_t sequence, Instant called_at, Instant replied_at,
                            unsigned status) {
  if (status != 0) {  // else the site did not wait for it, and has no result
    writer_.answered(sequence, to_nanoseconds(called_at), to_nanoseconds(replied_at),
                     reason_of(status));
  }
}

}  // namespace queuemeter
