// SPDX-License-Identifier: Apache-2.0
#include "harness/path/call_pool.hpp"

#include <boost/lockfree/spsc_queue.hpp>

#include <algorithm>
#include <cstddef>

namespace queuemeter {

struct CallPool::Lane {
  explicit Lane(std::size_t capacity) : records{capacity} {}
  boost::lockfree::spsc_queue<CallRecord*> records;
};

CallPool::CallPool(std::span<CallRecord> records, std::size_t lanes)
    : records_{records}, least_free_{records.size()} {
  free_.reserve(records.size());
  // The lowest index on top, so that a small load keeps touching the same few cache lines.
  for (std::size_t index = records.size(); index-- > 0;) {
    free_.push_back(static_cast<std::uint32_t>(index));
  }
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    lanes_.push_back(std::make_unique<Lane>(records.size()));
  }
}

CallPool::~CallPool() = default;

CallRecord* CallPool::acquire() noexcept {
  if (free_.empty()) {
    return nullptr;
  }
  CallRecord* const record = &records_[free_.back()];
  free_.pop_back();
  least_free_ = std::min(least_free_, free_.size());
  return record;
}

std::size_t CallPool::acquire(std::span<CallRecord*> records) noexcept {
  for (const auto& lane : lanes_) {
    lane->records.consume_all([this](CallRecord* record) { free_.push_back(number_of(*record)); });
  }
  // What came back last first, so that no more records are in use than calls are in flight, and
  // their lines stay in a cache.
  const std::size_t count = std::min(records.size(), free_.size());
  std::transform(free_.rbegin(), free_.rbegin() + static_cast<std::ptrdiff_t>(count),
                 records.begin(), [this](std::uint32_t index) { return &records_[index]; });
  free_.resize(free_.size() - count);
  least_free_ = std::min(least_free_, free_.size());
  return count;
}

void CallPool::give_back(CallRecord& record) noexcept {
  record.mark(record.sequence(), CallRecord::Stage::free);
  free_.push_back(number_of(record));
}

void CallPool::return_from(std::size_t lane, CallRecord& record) noexcept {
  record.mark(record.sequence(), CallRecord::Stage::free);
  // Holds as many as there are records, so it cannot be full.
  lanes_[lane]->records.push(&record);
}

void CallPool::return_from(std::size_t lane, std::span<CallRecord* const> records) noexcept {
  for (CallRecord* const record : records) {
    record->mark(record->sequence(), CallRecord::Stage::free);
  }
  lanes_[lane]->records.push(records.data(), records.size());
}

bool CallPool::has_returned() const noexcept {
  return std::ranges::any_of(lanes_,
                             [](const auto& lane) { return lane->records.read_available() > 0; });
}

std::size_t CallPool::collect_each(bool (*seen)(void*, CallRecord&), void* context) {
  std::size_t collected = 0;
  for (const auto& lane : lanes_) {
    collected += lane->records.consume_all([this, seen, context](CallRecord* record) {
      if (seen(context, *record)) {
        free_.push_back(number_of(*record));
      }
    });
  }
  return collected;
}

}  // namespace queuemeter
