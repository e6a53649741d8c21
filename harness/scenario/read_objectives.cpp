// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/read_objectives.hpp"

#include "harness/scenario/objective.hpp"

#include <fmt/format.h>

#include <utility>

namespace queuemeter {

std::vector<Objective> read_objectives(const TableReader& reader) {
  std::vector<Objective> objectives;
  reader.require_table();
  for (const auto& [metric, value] : reader.entries()) {
    if (value.text() == nullptr) {
      reader.fail(metric, fmt::format(R"(must be a limit in quotes such as "< 50ms", not {})",
                                      kind_of(value)));
      continue;
    }
    Result<Objective> objective = parse_objective(metric, *value.text());
    if (objective.has_error()) {
      reader.fail(metric, objective.error().what);
    } else {
      objectives.push_back(*std::move(objective));
    }
  }
  return objectives;
}

}  // namespace queuemeter
