// SPDX-License-Identifier: Apache-2.0
#include "harness/call/call.hpp"

namespace queuemeter {

std::string_view to_string(Span span) noexcept {
  switch (span) {
    case Span::completion:
      return "completion";
    case Span::answer:
      return "answer";
    case Span::lateness:
      return "lateness";
    case Span::admission:
      return "admission";
    case Span::queueing:
      return "queueing";
    case Span::handoff:
      return "handoff";
    case Span::service:
      return "service";
    case Span::returning:
      return "return";
  }
  return "";
}

}  // namespace queuemeter
