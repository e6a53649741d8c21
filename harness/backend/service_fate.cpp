// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/service_fate.hpp"

#include "harness/call/draw.hpp"

namespace queuemeter {

std::optional<ServiceFate> common_fate(const ServiceModel& model) noexcept {
  if (!model.service_time.is_constant() || model.error_rate > 0.0 || model.hang_rate > 0.0) {
    return std::nullopt;
  }
  return ServiceFate{.service = model.service_time.mean()};
}

ServiceFate draw_fate(const ServiceModel& model, std::uint16_t class_index,
                      std::uint64_t draw_key) noexcept {
  const auto draw = [&](DrawUse use) {
    return KeyedDraws{model.seed, use, class_index}.uniform(draw_key);
  };
  ServiceFate fate;
  fate.is_error = model.error_rate > 0.0 && draw(DrawUse::backend_error).first < model.error_rate;
  fate.hangs = model.hang_rate > 0.0 && draw(DrawUse::backend_hang).first < model.hang_rate;
  fate.service = model.service_time.sample(
      model.service_time.is_constant() ? UniformPair{} : draw(DrawUse::service));
  return fate;
}

}  // namespace queuemeter
