// SPDX-License-Identifier: Apache-2.0
#include "harness/path/reply_inbox.hpp"

#include <boost/lockfree/queue.hpp>

namespace queuemeter {

struct ReplyInbox::Ring {
  explicit Ring(std::size_t capacity) : entries{capacity} {}
  boost::lockfree::queue<Returned> entries;
};

ReplyInbox::ReplyInbox(std::size_t capacity) : ring_{std::make_unique<Ring>(capacity)} {}

ReplyInbox::~ReplyInbox() = default;

void ReplyInbox::returned(const Returned& what) noexcept {
  // Bounded: takes a node that was made at the start, never allocates one. Records always fit; a
  // queue that duplicates without end may fill the rest, and then the number is all that is kept.
  if (ring_->entries.bounded_push(what)) {
    arrived_.notify(1);
  } else {
    overflow_.fetch_add(1, std::memory_order_relaxed);
  }
}

bool ReplyInbox::take(Returned& what) noexcept { return ring_->entries.pop(what); }

void ReplyInbox::wait(Instant until) {
  arrived_.wait(until, [this] { return !ring_->entries.empty(); });
}

}  // namespace queuemeter
