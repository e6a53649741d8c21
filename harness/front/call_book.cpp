// SPDX-License-Identifier: Apache-2.0
#include "harness/front/call_book.hpp"

#include <functional>

namespace queuemeter {

CallBook::CallBook(const Limits& limits) : limits_{limits} {
  by_id_.reserve(limits.live + limits.kept);
  is_dropped_.reserve(limits.kept);
}

// Two ids of one hash are taken to be the same: the later one is refused as taken.
std::uint64_t CallBook::key_of(std::string_view id) noexcept {
  return std::hash<std::string_view>{}(id);
}

FrontCall* CallBook::find(std::string_view id) {
  const auto found = by_id_.find(key_of(id));
  return found == by_id_.end() ? nullptr : found->second;
}

FrontCall* CallBook::find(std::uint32_t number, std::uint32_t generation) noexcept {
  FrontCall& call = calls_[number];
  return call.in_use && call.generation == generation ? &call : nullptr;
}

bool CallBook::was_dropped(std::string_view id) const { return is_dropped_.contains(key_of(id)); }

FrontCall* CallBook::add(std::string_view id) {
  if (live() >= limits_.live) {
    return nullptr;
  }
  if (free_.empty()) {
    FrontCall& fresh = calls_.emplace_back();
    fresh.number = static_cast<std::uint32_t>(calls_.size() - 1);
    free_.push_back(&fresh);
  }
  FrontCall& call = *free_.back();
  free_.pop_back();
  by_id_.emplace(key_of(id), &call);
  call.id.assign(id);
  call.in_use = true;
  return &call;
}

void CallBook::remove(FrontCall& call) {
  by_id_.erase(key_of(call.id));
  release(call);
}

void CallBook::keep(FrontCall& call) {
  call.done = true;
  call.record = nullptr;
  call.body.clear();
  kept_.push_back(&call);
  kept_bytes_ += call.answer.size();
  while (kept_.size() > limits_.kept || kept_bytes_ > limits_.bytes) {
    drop_oldest();
  }
}

void CallBook::drop_old(Instant now) {
  while (!kept_.empty() && now - kept_.front()->at.returned_at > limits_.keep_for) {
    drop_oldest();
  }
}

void CallBook::drop_oldest() {
  FrontCall& call = *kept_.front();
  kept_.pop_front();
  kept_bytes_ -= call.answer.size();
  const std::uint64_t key = key_of(call.id);
  by_id_.erase(key);
  if (is_dropped_.insert(key).second) {
    dropped_.push_back(key);
  }
  if (dropped_.size() > limits_.kept) {
    is_dropped_.erase(dropped_.front());
    dropped_.pop_front();
  }
  release(call);
}

void CallBook::release(FrontCall& call) {
  constexpr std::size_t memory_kept = 4096;
  const std::uint32_t number = call.number;
  const std::uint32_t generation = call.generation + 1;
  std::string body = std::move(call.body);
  std::string answer = std::move(call.answer);
  call = FrontCall{};
  for (auto [text, place] : {std::pair{&body, &call.body}, std::pair{&answer, &call.answer}}) {
    if (text->capacity() <= memory_kept) {
      text->clear();
      *place = std::move(*text);
    }
  }
  call.number = number;
  call.generation = generation;
  free_.push_back(&call);
}

}  // namespace queuemeter
