// SPDX-License-Identifier: Apache-2.0
#include "harness/queue/queue.hpp"

namespace queuemeter {

std::string_view to_string(QueueResult result) noexcept {
  switch (result) {
    case QueueResult::ok:
      return "ok";
    case QueueResult::full:
      return "full";
    case QueueResult::empty:
      return "empty";
    case QueueResult::closed:
      return "closed";
    case QueueResult::timed_out:
      return "timed_out";
    case QueueResult::rejected:
      return "rejected";
    case QueueResult::failed:
      return "failed";
  }
  return "";
}

}  // namespace queuemeter
