// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/synthetic_backend.hpp"

#include <memory>

namespace queuemeter {

/// The synthetic backend whose callers burn the service time themselves; `settings.model.work` is
/// not looked at. `make_synthetic_backend` says how it behaves.
[[nodiscard]] std::unique_ptr<Backend> make_burning_backend(SyntheticSettings settings);

}  // namespace queuemeter
