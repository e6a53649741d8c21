// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/scenario/scenario.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace queuemeter {

/// What decides together whether a scenario can be measured at all.
struct Arrangement {
  PathKind path = PathKind::queued;
  ReplyKind reply = ReplyKind::memory;
  WorkerSettings::Kind workers = WorkerSettings::Kind::thread;
  TrafficModel model = TrafficModel::open;
  BackendSettings::Kind backend = BackendSettings::Kind::synthetic;
  friend bool operator==(const Arrangement&, const Arrangement&) = default;
};

[[nodiscard]] Arrangement arrangement_of(const Scenario& scenario) noexcept;

/// Why a arrangement cannot be measured, and the key that is to blame.
struct Refusal {
  std::string_view key;
  std::string_view why;
};
[[nodiscard]] std::optional<Refusal> refusal_of(const Arrangement& arrangement) noexcept;

/// The arrangement that can be measured and differs least: rather in the reply than in the backend,
/// the workers, the traffic or the path, in this order.
[[nodiscard]] Arrangement nearest_measurable(const Arrangement& arrangement) noexcept;

/// The settings in which `to` differs: `path.reply = "none" and backend.kind = "none"`.
[[nodiscard]] std::string difference(const Arrangement& from, const Arrangement& to);

}  // namespace queuemeter
