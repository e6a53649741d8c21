// SPDX-License-Identifier: Apache-2.0
#include "harness/path/timeout_list.hpp"

namespace queuemeter {

TimeoutList::TimeoutList(std::size_t slots) : links_(slots) {}

void TimeoutList::add(std::size_t slot, Instant expires_at) noexcept {
  std::uint32_t before = last_;
  while (before != none && links_[before].expires_at > expires_at) {
    before = links_[before].before;
  }
  const std::uint32_t after = before == none ? first_ : links_[before].after;
  const auto number = static_cast<std::uint32_t>(slot);
  links_[slot] = {expires_at, before, after};
  (before == none ? first_ : links_[before].after) = number;
  (after == none ? last_ : links_[after].before) = number;
}

void TimeoutList::remove(std::size_t slot) noexcept {
  const Link link = links_[slot];
  (link.before == none ? first_ : links_[link.before].after) = link.after;
  (link.after == none ? last_ : links_[link.after].before) = link.before;
  links_[slot] = {};
}

}  // namespace queuemeter
