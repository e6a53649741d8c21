// SPDX-License-Identifier: Apache-2.0
#include "harness/front/result_places.hpp"

#include <algorithm>

namespace queuemeter {
namespace {

/// Without blanks, control characters and what is not ASCII: it becomes part of a request's head.
bool is_plain(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char letter) { return letter > ' ' && letter < '\x7f'; });
}

}  // namespace

bool ResultPlaces::keep(std::uint32_t slot, std::string_view location) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (location.starts_with(scheme)) {
      location.remove_prefix(scheme.size());
      if (!location.starts_with(authority_)) {
        return false;
      }
      location.remove_prefix(authority_.size());
      break;
    }
  }
  if (!location.starts_with('/') || location.starts_with("//") || location.size() > longest_place ||
      !is_plain(location)) {
    return false;
  }
  places_[slot].assign(location);
  return true;
}

}  // namespace queuemeter
