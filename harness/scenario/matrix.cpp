// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/matrix.hpp"

#include "harness/call/url_password.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace queuemeter {
namespace {

struct Axis {
  std::string key;
  std::size_t line;
  TomlValue::List values;  // at least one
};

/// `"path.kind" = […]` is one key, `path.kind = […]` a table in a table; both mean the same.
void collect_axes(const TomlValue::Table& table, const std::string& prefix, std::vector<Axis>& axes,
                  ErrorList& errors) {
  for (const auto& [name, value] : table) {
    const std::string key = prefix.empty() ? name : fmt::format("{}.{}", prefix, name);
    if (const auto* const inner = value.table(); inner != nullptr && is_table_of_keys(key)) {
      collect_axes(*inner, key, axes, errors);
      continue;
    }
    const KnownKey* const row = find_known_key(key);
    if (row == nullptr) {
      errors.add(value.line, "matrix." + key,
                 fmt::format("unknown key; did you mean {}?", nearest_key(key)));
    } else if (row->type == KeyType::table || key.starts_with("fault.") ||
               key.starts_with("traffic.stages.") || key.starts_with("traffic.class.")) {
      errors.add(value.line, "matrix." + key,
                 "the matrix cannot vary this; use a key of which a scenario has one");
    } else if (std::any_of(axes.begin(), axes.end(),
                           [&](const Axis& axis) { return axis.key == key; })) {
      errors.add(value.line, "matrix." + key, "stands in the matrix twice; remove one of them");
    } else if (const auto* const list = value.list(); list != nullptr && !list->empty()) {
      axes.push_back({key, value.line, *list});
    } else {
      errors.add(value.line, "matrix." + key, "must be a list of the values to try");
    }
  }
}

/// Labels stand in tables and in files.
std::string label_of(std::string_view key, const TomlValue& value) {
  return key == "queue.use" || key == "backend.url" ? without_password(to_label(value))
                                                    : to_label(value);
}

}  // namespace

std::vector<Combination> expand_matrix(const TomlValue& root,
                                       const std::vector<Override>& overrides, ErrorList& errors) {
  std::vector<Axis> axes;
  if (const TomlValue* const matrix = root.find("matrix")) {
    const auto* const keys = matrix->table();
    if (keys == nullptr) {
      errors.add(matrix->line, "matrix", fmt::format("must be a table, not {}", kind_of(*matrix)));
      return {};
    }
    const std::size_t errors_before = errors.size();
    collect_axes(*keys, "", axes, errors);
    if (errors.size() > errors_before) {
      return {};
    }
  }
  std::erase_if(axes, [&](const Axis& axis) {
    return std::any_of(overrides.begin(), overrides.end(),
                       [&](const Override& one) { return one.first == axis.key; });
  });
  std::vector<Combination> combinations{{"", root}};
  for (const Axis& axis : axes) {
    if (combinations.size() * axis.values.size() > most_combinations) {
      errors.add(axis.line, "matrix." + axis.key,
                 fmt::format("the matrix has more than {} combinations; try fewer values",
                             most_combinations));
      return {};
    }
    std::vector<Combination> extended;
    for (const Combination& combination : combinations) {
      for (const TomlValue& value : axis.values) {
        Combination next = combination;
        next.label += fmt::format("{}{}={}", next.label.empty() ? "" : " ", axis.key,
                                  label_of(axis.key, value));
        if (!set_value(next.root, axis.key, value)) {
          errors.add(value.line, "matrix." + axis.key, "stands in no table that could be varied");
          return {};
        }
        extended.push_back(std::move(next));
      }
    }
    combinations = std::move(extended);
  }
  return combinations;
}

}  // namespace queuemeter
