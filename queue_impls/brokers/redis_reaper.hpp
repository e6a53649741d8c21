// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "queue_impls/brokers/redis_list_state.hpp"

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace queuemeter::queues {

/// Returns to the list what consumers moved away and did not acknowledge within the ack timeout,
/// whether they are slow or dead.
///
/// A list does not say since when an element is in it, so the reaper goes by when it first saw it
/// there: a call is returned between one and one and a half ack timeouts after it was taken. Where
/// the oldest element of a consumer changes between two looks, the rest is not looked at. A thread
/// and a connection of its own.
class RedisReaper {
 public:
  /// The state must outlive it.
  explicit RedisReaper(RedisListState& state);
  RedisReaper(const RedisReaper&) = delete;
  RedisReaper& operator=(const RedisReaper&) = delete;
  ~RedisReaper();

 private:
  /// What was seen in one consumer's list.
  struct Holder {
    std::string oldest;                                   ///< element at the last look
    std::unordered_map<std::string, Instant> first_seen;  ///< by element; bounded by prefetch
  };

  void work();
  void look();
  void look_into(const std::string& key, Holder& holder);
  void return_overdue(const std::string& key, std::vector<std::string> overdue);

  RedisListState& state_;
  RedisClient client_;
  std::map<std::string, Holder> holders_;
  std::mutex mutex_;  // guards stopping_
  std::condition_variable stop_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace queuemeter::queues
