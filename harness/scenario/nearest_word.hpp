// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace queuemeter {

/// How many letters must be inserted, removed, replaced or swapped with their neighbour to turn one
/// word into the other; only the first 64 bytes count.
/// Source: the optimal string alignment distance, after Damerau 1964.
[[nodiscard]] std::size_t edit_distance(std::string_view left, std::string_view right);

/// The candidate with the smallest edit distance, the earlier of equals; empty when there is none.
[[nodiscard]] std::string_view nearest_word(std::string_view word,
                                            std::span<const std::string_view> candidates);

}  // namespace queuemeter
