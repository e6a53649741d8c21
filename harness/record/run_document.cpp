// SPDX-License-Identifier: Apache-2.0
#include "harness/record/run_document.hpp"

#include "harness/call/quantity.hpp"

#include <algorithm>

namespace queuemeter {
namespace {

/// "50 us" as scenarios write it.
std::string close_up(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
  return text;
}

}  // namespace

std::string pacing_text(const Pacing& pacing) {
  switch (pacing.kind) {
    case Pacing::Kind::timer:
      return "timer";
    case Pacing::Kind::spin:
      return "spin:" + close_up(format_duration(pacing.span));
    case Pacing::Kind::coalesce:
      return "coalesce:" + close_up(format_duration(pacing.span));
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
