// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/brokers/held_messages.hpp"

namespace queuemeter::queues {

std::size_t HeldMessages::bucket_of(std::uint64_t sequence) const noexcept {
  constexpr std::uint64_t golden = 0x9e3779b97f4a7c15U;
  return ((sequence * golden) >> 20U) & (buckets_.size() - 1);
}

std::size_t HeldMessages::add(CallHandle call, std::string_view bytes, Instant taken_at) {
  if (free_.empty()) {
    free_.push_back(messages_.size());
    messages_.emplace_back();
    free_.reserve(messages_.capacity());
  }
  const std::size_t place = free_.back();
  free_.pop_back();
  Message& message = messages_[place];
  message.call = call;
  message.bytes.assign(bytes);
  message.taken_at = taken_at;
  message.handed_out = false;
  message.moved = false;
  message.used = true;
  if (buckets_.size() < 2 * messages_.size()) {
    rehash();
  } else {
    insert(place);
  }
  return place;
}

void HeldMessages::rehash() {
  std::size_t count = 16;
  while (count < 4 * messages_.size()) {
    count *= 2;
  }
  buckets_.assign(count, nowhere);
  for (std::size_t place = 0; place < messages_.size(); ++place) {
    if (messages_[place].used) {
      insert(place);
    }
  }
}

void HeldMessages::insert(std::size_t place) noexcept {
  std::size_t bucket = bucket_of(messages_[place].call.sequence);
  while (buckets_[bucket] != nowhere) {
    bucket = (bucket + 1) & (buckets_.size() - 1);
  }
  buckets_[bucket] = place;
}

std::size_t HeldMessages::find(CallHandle call) const noexcept {
  if (buckets_.empty()) {
    return nowhere;
  }
  for (std::size_t bucket = bucket_of(call.sequence); buckets_[bucket] != nowhere;
       bucket = (bucket + 1) & (buckets_.size() - 1)) {
    const Message& message = messages_[buckets_[bucket]];
    if (message.call.sequence == call.sequence && message.call.record == call.record &&
        message.handed_out) {
      return buckets_[bucket];
    }
  }
  return nowhere;
}

// Open addressing without tombstones: what follows moves up unless it is nearer to its own bucket.
// Source: Knuth, The Art of Computer Programming, vol. 3, 6.4, algorithm R.
void HeldMessages::release(std::size_t place) noexcept {
  const std::size_t mask = buckets_.size() - 1;
  std::size_t hole = bucket_of(messages_[place].call.sequence);
  while (buckets_[hole] != place) {
    hole = (hole + 1) & mask;
  }
  for (std::size_t next = (hole + 1) & mask; buckets_[next] != nowhere; next = (next + 1) & mask) {
    const std::size_t home = bucket_of(messages_[buckets_[next]].call.sequence);
    if (((next - home) & mask) >= ((next - hole) & mask)) {
      buckets_[hole] = buckets_[next];
      hole = next;
    }
  }
  buckets_[hole] = nowhere;
  messages_[place].used = false;
  free_.push_back(place);
}

}  // namespace queuemeter::queues
