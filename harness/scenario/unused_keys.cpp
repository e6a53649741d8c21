// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/unused_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace queuemeter {
namespace {

/// A key, the setting that decides whether it is used, and the words with which it is; the first of
/// them is what an error proposes.
struct KeyUse {
  std::string_view key;
  std::string_view decided_by;
  std::array<std::string_view, 4> words;  // empty ones stand for none
};

constexpr std::array uses{
    KeyUse{"traffic.arrivals", "path.kind", {"queued", "direct", "front", "offer"}},
    KeyUse{"traffic.rate", "path.kind", {"queued", "direct", "front", "offer"}},
    KeyUse{"traffic.stages", "path.kind", {"queued", "direct", "front", "offer"}},
    KeyUse{"traffic.arrivals", "traffic.model", {"open", "half_open"}},
    KeyUse{"traffic.rate", "traffic.model", {"open", "half_open"}},
    KeyUse{"traffic.stages", "traffic.model", {"open", "half_open"}},
    KeyUse{"traffic.rate", "traffic.arrivals", {"poisson", "constant"}},
    KeyUse{"traffic.stages", "traffic.arrivals", {"poisson", "constant"}},
    KeyUse{"path.url", "path.kind", {"front"}},
    KeyUse{"path.completion", "path.kind", {"front"}},
    KeyUse{"path.result_url", "path.kind", {"front"}},
    KeyUse{"path.poll_interval", "path.kind", {"front"}},
    KeyUse{"path.call_id", "path.kind", {"front"}},
    KeyUse{"path.method", "path.kind", {"front"}},
    KeyUse{"path.headers", "path.kind", {"front"}},
    KeyUse{"path.body", "path.kind", {"front"}},
    KeyUse{"path.data", "path.kind", {"front"}},
    KeyUse{"path.expect", "path.kind", {"front"}},
    KeyUse{"path.poll_interval", "path.completion", {"poll"}},
    KeyUse{"path.call_id", "path.completion", {"backend"}},
    KeyUse{"backend.model", "backend.kind", {"managed"}},
    KeyUse{"backend.listen", "backend.kind", {"managed"}},
    KeyUse{"backend.answer", "backend.kind", {"managed"}},
    KeyUse{"backend.bandwidth", "backend.kind", {"managed"}},
    KeyUse{"backend.bandwidth", "backend.model", {"event"}},
    KeyUse{"traffic.callers", "traffic.model", {"closed"}},
    KeyUse{"traffic.think", "traffic.model", {"closed", "half_open"}},
    KeyUse{"traffic.ramp", "traffic.model", {"closed"}},
    KeyUse{"traffic.session", "traffic.model", {"half_open"}},
    KeyUse{"workers.threads", "workers.kind", {"async"}},
    KeyUse{"workers.boot", "workers.kind", {"process"}},
    KeyUse{"workers.recycle", "workers.kind", {"process"}},
    KeyUse{"workers.crash_rate", "workers.kind", {"process"}},
    KeyUse{"workers.retry.attempts", "workers.retry.kind", {"exponential", "fixed"}},
    KeyUse{"workers.retry.delay", "workers.retry.kind", {"exponential", "fixed"}},
    KeyUse{"workers.retry.jitter", "workers.retry.kind", {"exponential", "fixed"}},
    KeyUse{"workers.retry.budget", "workers.retry.kind", {"exponential", "fixed"}},
};

std::string_view word_of(const Scenario& scenario, std::string_view key) {
  if (key == "path.kind") {
    return to_string(scenario.path.kind);
  }
  if (key == "path.completion") {
    return to_string(scenario.path.site.completion);
  }
  if (key == "backend.kind") {
    return to_string(scenario.backend.kind);
  }
  if (key == "backend.model") {
    return to_string(scenario.backend.model);
  }
  if (key == "traffic.model") {
    return to_string(scenario.traffic.model);
  }
  if (key == "traffic.arrivals") {
    return to_string(scenario.traffic.arrivals);
  }
  if (key == "workers.kind") {
    return to_string(scenario.workers.kind);
  }
  return to_string(scenario.workers.retry.kind);
}

/// The value of a key with dots.
const TomlValue* find(const TomlValue& root, std::string_view key) {
  const TomlValue* place = &root;
  while (place != nullptr && !key.empty()) {
    const std::size_t end = std::min(key.find('.'), key.size());
    place = place->find(key.substr(0, end));
    key.remove_prefix(std::min(end + 1, key.size()));
  }
  return place;
}

/// `"a.b" = …`, `a.b = …` and mixtures of both name the same key.
bool names(const TomlValue& table, std::string_view key) {
  const auto* const entries = table.table();
  return entries != nullptr &&
         std::any_of(entries->begin(), entries->end(), [&](const TomlValue::Entry& entry) {
           return entry.key == key ||
                  (key.starts_with(entry.key) && key.size() > entry.key.size() &&
                   key[entry.key.size()] == '.' &&
                   names(entry.value, key.substr(entry.key.size() + 1)));
         });
}

}  // namespace

bool is_varied(const TomlValue& root, std::string_view key) {
  const TomlValue* const matrix = root.find("matrix");
  return matrix != nullptr && names(*matrix, key);
}

void check_unused_keys(const Scenario& scenario, const TomlValue& root, ErrorList& errors) {
  std::vector<std::string_view> said;
  for (const KeyUse& use : uses) {
    const TomlValue* const value = find(root, use.key);
    const std::string_view word = word_of(scenario, use.decided_by);
    if (value == nullptr || errors.concerns(use.decided_by) || is_varied(root, use.decided_by) ||
        std::find(use.words.begin(), use.words.end(), word) != use.words.end() ||
        std::find(said.begin(), said.end(), use.key) != said.end()) {
      continue;
    }
    said.push_back(use.key);
    errors.add(value->line, std::string{use.key},
               fmt::format(R"({} = "{}" does not use it; remove it, or set {} = "{}")",
                           use.decided_by, word, use.decided_by, use.words.front()));
  }
}

}  // namespace queuemeter
