// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/service_model.hpp"
#include "harness/call/instant.hpp"

#include <cstdint>
#include <optional>

namespace queuemeter {

/// What a backend of ours does with one call: the same in memory, over HTTP and in a simulation.
struct ServiceFate {
  Duration service{0};
  bool is_error = false;
  bool hangs = false;
};

/// What every call meets where nothing is drawn: a constant service time, no errors, no hanging.
[[nodiscard]] std::optional<ServiceFate> common_fate(const ServiceModel& model) noexcept;

/// A pure function of the model's seed and the call's class and draw key.
[[nodiscard]] ServiceFate draw_fate(const ServiceModel& model, std::uint16_t class_index,
                                    std::uint64_t draw_key) noexcept;

}  // namespace queuemeter
