// SPDX-License-Identifier: Apache-2.0
#include "harness/record/run_document.hpp"

#include "harness/call/quantity.hpp"

namespace queuemeter {

std::string pacing_text(const Pacing& pacing) {
  switch (pacing.kind) {
    case Pacing::Kind::timer:
      return "timer";
    case Pacing::Kind::spin:
      return "spin:" + to_scenario_text(pacing.span);
    case Pacing::Kind::coalesce:
      return "coalesce:" + to_scenario_text(pacing.span);
  }
  return "";
}

std::string_view to_string(Check::Verdict verdict) noexcept {
  switch (verdict) {
    case Check::Verdict::pass:
      return "pass";
    case Check::Verdict::warn:
      return "warn";
    case Check::Verdict::fail:
      return "fail";
    case Check::Verdict::not_applicable:
      return "not_applicable";
  }
  return "";
}

std::string_view to_string(Validity::Verdict verdict) noexcept {
  switch (verdict) {
    case Validity::Verdict::valid:
      return "valid";
    case Validity::Verdict::suspect:
      return "suspect";
    case Validity::Verdict::invalid:
      return "invalid";
  }
  return "";
}

}  // namespace queuemeter
