// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/record/run_document.hpp"

#include <span>
#include <string>
#include <vector>

// Private to this folder: what many runs have in common, and what tells them apart.
namespace queuemeter {

struct MatrixSetup {
  std::string common;               ///< load, path, queue, backend, as far as all runs share them
  std::vector<std::string> labels;  ///< of each run: its label, and what else differs
};

[[nodiscard]] MatrixSetup setup_of(std::span<const RunDocument> runs);

/// What makes a ranking of these runs unfair: "guarantee (G1/C0, G1/C1); bound (50, 600)"; "" when
/// nothing does.
[[nodiscard]] std::string unfair_differences(std::span<const RunDocument> runs);

}  // namespace queuemeter
