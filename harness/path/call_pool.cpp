// SPDX-License-Identifier: Apache-2.0
#include "harness/path/call_pool.hpp"

#include <boost/lockfree/spsc_queue.hpp>

namespace queuemeter {

struct CallPool::Returned {
  explicit Returned(std::size_t capacity) : records{capacity} {}
  boost::lockfree::spsc_queue<CallRecord*> records;
};

CallPool::CallPool(std::size_t capacity)
    : capacity_{capacity},
      records_{std::make_unique<CallRecord[]>(capacity)},
      returned_{std::make_unique<Returned>(capacity)} {
  free_.reserve(capacity);
  // The lowest index on top, so that a small load keeps touching the same few cache lines.
  for (std::size_t index = capacity; index-- > 0;) {
    free_.push_back(&records_[index]);
  }
}

CallPool::~CallPool() = default;

CallRecord* CallPool::acquire() noexcept {
  if (free_.empty()) {
    returned_->records.consume_all([this](CallRecord* record) { free_.push_back(record); });
    if (free_.empty()) {
      return nullptr;
    }
  }
  CallRecord* const record = free_.back();
  free_.pop_back();
  return record;
}

void CallPool::give_back(CallRecord& record) noexcept {
  record.mark(record.sequence(), CallRecord::Stage::free);
  free_.push_back(&record);
}

void CallPool::return_from_settler(CallRecord& record) noexcept {
  record.mark(record.sequence(), CallRecord::Stage::free);
  // Holds as many as there are records, so it cannot be full.
  returned_->records.push(&record);
}

}  // namespace queuemeter
