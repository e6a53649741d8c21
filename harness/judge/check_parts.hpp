// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/record/run_document.hpp"

#include <optional>
#include <string>
#include <utility>

// Private to this folder: what checks are made with.
namespace queuemeter::checks {

/// Statistical tests: a false alarm in a thousand runs may warn, one in a million may invalidate.
inline constexpr double warn_below_p = 1e-3;
inline constexpr double fail_below_p = 1e-6;

[[nodiscard]] inline Check make(std::string id, std::string name, double limit) {
  Check check;
  check.id = std::move(id);
  check.name = std::move(name);
  check.limit = limit;
  return check;
}

[[nodiscard]] inline Check with(Check check, Check::Verdict verdict, double value,
                                std::string note) {
  check.verdict = verdict;
  check.value = value;
  check.note = std::move(note);
  return check;
}

[[nodiscard]] inline Check not_applicable(Check check, std::string why) {
  return with(std::move(check), Check::Verdict::not_applicable, 0.0, std::move(why));
}

[[nodiscard]] inline const std::optional<SpanSummary>& summary_of(const RunDocument& run,
                                                                  Span span) noexcept {
  return run.latency[static_cast<std::size_t>(span)];
}

}  // namespace queuemeter::checks
