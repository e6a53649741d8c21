// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/brokers/redis_reaper.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace queuemeter::queues {
namespace {

/// Looks per ack timeout.
constexpr int looks = 4;
constexpr Duration shortest_pause = std::chrono::milliseconds{10};

}  // namespace

RedisReaper::RedisReaper(RedisListState& state)
    : state_{state}, client_{state.server, state.clock, state.name_of("reaper")}, thread_{[this] {
        work();
      }} {}

RedisReaper::~RedisReaper() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

void RedisReaper::work() {
  const Duration pause = std::max(state_.settings.ack_timeout / looks, shortest_pause);
  std::unique_lock lock{mutex_};
  while (!stop_.wait_for(lock, pause, [this] { return stopping_; })) {
    lock.unlock();
    // After the close nobody works any more, and the sweep sees to the rest.
    if (!state_.closed.load(std::memory_order_acquire)) {
      look();
    }
    lock.lock();
  }
}

void RedisReaper::look() {
  const Result<RespValue> keys = client_.call({"SMEMBERS", state_.holders_key()});
  if (!keys) {
    return;  // the server is away; what it held is still there, or lost
  }
  std::map<std::string, Holder> still;
  for (const RespValue& key : keys->elements) {
    const Result<RespValue> oldest = client_.call({"LINDEX", key.text, "-1"});
    if (!oldest) {
      return;
    }
    Holder holder = std::move(holders_[key.text]);
    if (oldest->kind == RespItem::Kind::bulk && holder.oldest == oldest->text) {
      look_into(key.text, holder);
    } else {
      holder.first_seen.clear();
      holder.oldest = oldest->text;
      if (oldest->kind == RespItem::Kind::bulk) {
        holder.first_seen.emplace(oldest->text, state_.clock.now());
      }
    }
    still.emplace(key.text, std::move(holder));
  }
  holders_ = std::move(still);
}

void RedisReaper::look_into(const std::string& key, Holder& holder) {
  const Result<RespValue> elements = client_.call({"LRANGE", key, "0", "-1"});
  if (!elements) {
    return;
  }
  const Instant now = state_.clock.now();
  std::unordered_map<std::string, Instant> seen;
  std::vector<std::string> overdue;
  for (const RespValue& element : elements->elements) {
    const auto known = holder.first_seen.find(element.text);
    const Instant since = known == holder.first_seen.end() ? now : known->second;
    seen.emplace(element.text, since);
    if (now - since >= state_.settings.ack_timeout) {
      overdue.push_back(element.text);
    }
  }
  holder.first_seen = std::move(seen);
  if (!overdue.empty()) {
    return_overdue(key, std::move(overdue));
  }
}

/// In one transaction that is void if the consumer touches its list meanwhile: then the next look
/// tries again. `overdue` is youngest first, and so the oldest is the next to be taken.
void RedisReaper::return_overdue(const std::string& key, std::vector<std::string> overdue) {
  constexpr int tries = 5;
  for (int attempt = 0; attempt < tries; ++attempt) {
    if (!client_.call({"WATCH", key})) {
      return;
    }
    const Result<RespValue> elements = client_.call({"LRANGE", key, "0", "-1"});
    if (!elements) {
      return;
    }
    std::erase_if(overdue, [&](const std::string& message) {
      return std::ranges::none_of(
          elements->elements, [&](const RespValue& element) { return element.text == message; });
    });
    static_cast<void>(client_.call({"MULTI"}));
    for (const std::string& message : overdue) {
      std::string again = message;
      count_attempt(again);
      static_cast<void>(client_.call({"LREM", key, "-1", message}));
      static_cast<void>(client_.call({"RPUSH", state_.settings.list, again}));
    }
    const Result<RespValue> done = client_.call({"EXEC"});
    if (done && done->kind == RespItem::Kind::array) {
      state_.redelivered.fetch_add(overdue.size(), std::memory_order_relaxed);
      state_.put_back.fetch_add(overdue.size(), std::memory_order_relaxed);
      return;
    }
  }
}

}  // namespace queuemeter::queues
