// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/scenario/read_scenario.hpp"
#include "harness/scenario/table_reader.hpp"
#include "harness/scenario/toml_value.hpp"

#include <string>
#include <vector>

namespace queuemeter {

/// At most so many runs come out of one scenario file.
inline constexpr std::size_t most_combinations = 64;

/// One combination of a matrix: the document with its values set.
struct Combination {
  std::string label;  ///< "path.kind=direct queue.bound=100"; empty without a matrix
  TomlValue root;
};

/// Every combination of the [matrix] of `root`; the last key changes fastest. One without a label
/// when there is no matrix, none when the matrix is wrong. An override of a key wins over the
/// matrix: the key is then not varied.
[[nodiscard]] std::vector<Combination> expand_matrix(const TomlValue& root,
                                                     const std::vector<Override>& overrides,
                                                     ErrorList& errors);

}  // namespace queuemeter
