// SPDX-License-Identifier: Apache-2.0
#include "harness/call/outcome.hpp"

namespace queuemeter {

std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::completed:
      return "completed";
    case Outcome::rejected:
      return "rejected";
    case Outcome::shed:
      return "shed";
    case Outcome::expired:
      return "expired";
    case Outcome::failed:
      return "failed";
    case Outcome::lost:
      return "lost";
    case Outcome::unfinished:
      return "unfinished";
    case Outcome::unknown:
      return "unknown";
    case Outcome::unsent:
      return "unsent";
  }
  return "";
}

std::string_view to_string(Reason reason) noexcept {
  switch (reason) {
    case Reason::none:
      return "none";
    case Reason::full:
      return "full";
    case Reason::caller_limit:
      return "caller_limit";
    case Reason::closed:
      return "closed";
    case Reason::queue_failure:
      return "queue_failure";
    case Reason::reply_timeout:
      return "reply_timeout";
    case Reason::backend_error:
      return "backend_error";
    case Reason::backend_refused:
      return "backend_refused";
    case Reason::backend_timeout:
      return "backend_timeout";
    case Reason::disconnected:
      return "disconnected";
    case Reason::unreachable:
      return "unreachable";
    case Reason::wrong_answer:
      return "wrong_answer";
    case Reason::deadline:
      return "deadline";
    case Reason::drop_oldest:
      return "drop_oldest";
    case Reason::drain_ended:
      return "drain_ended";
    case Reason::backend_quota:
      return "backend_quota";
    case Reason::worker_died:
      return "worker_died";
    case Reason::unconfirmed:
      return "unconfirmed";
    case Reason::foreign_removal:
      return "foreign_removal";
    case Reason::quota:
      return "quota";
    case Reason::no_callback:
      return "no_callback";
    case Reason::queue_restarted:
      return "queue_restarted";
    case Reason::hand_over:
      return "hand_over";
  }
  return "";
}

std::string_view to_string(Phase phase) noexcept {
  switch (phase) {
    case Phase::warm_up:
      return "warm_up";
    case Phase::measure:
      return "measure";
  }
  return "";
}

}  // namespace queuemeter
