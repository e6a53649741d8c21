// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/nearest_word.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace queuemeter {
namespace {

constexpr std::size_t longest_word = 64;

}  // namespace

std::size_t edit_distance(std::string_view left, std::string_view right) {
  left = left.substr(0, longest_word);
  right = right.substr(0, longest_word);
  using Row = std::array<std::size_t, longest_word + 1>;
  Row before{};
  Row above{};
  Row current{};
  for (std::size_t column = 0; column <= right.size(); ++column) {
    above[column] = column;
  }
  for (std::size_t row = 1; row <= left.size(); ++row) {
    current[0] = row;
    for (std::size_t column = 1; column <= right.size(); ++column) {
      const bool equal = left[row - 1] == right[column - 1];
      current[column] = std::min(
          {above[column] + 1, current[column - 1] + 1, above[column - 1] + (equal ? 0U : 1U)});
      if (row > 1 && column > 1 && left[row - 1] == right[column - 2] &&
          left[row - 2] == right[column - 1]) {
        current[column] = std::min(current[column], before[column - 2] + 1);
      }
    }
    before = above;
    above = current;
  }
  return above[right.size()];
}

std::string_view nearest_word(std::string_view word, std::span<const std::string_view> candidates) {
  std::string_view nearest;
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace queuemeter
