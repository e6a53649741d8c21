// SPDX-License-Identifier: Apache-2.0
#include "harness/path/timeout_list.hpp"

namespace queuemeter {

TimeoutList::TimeoutList(std::size_t slots) : links_(slots) {}

void TimeoutList::add(std::size_t slot, Instant expires_at) noexcept {
  links_[slot] = {last_, none, expires_at};
  (last_ == none ? first_ : links_[last_].after) = slot;
  last_ = slot;
}

void TimeoutList::remove(std::size_t slot) noexcept {
  const Link link = links_[slot];
  (link.before == none ? first_ : links_[link.before].after) = link.after;
  (link.after == none ? last_ : links_[link.after].before) = link.before;
  links_[slot] = {};
}

}  // namespace queuemeter
