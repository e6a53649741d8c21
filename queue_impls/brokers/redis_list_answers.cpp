// SPDX-License-Identifier: Apache-2.0
// The consumer's connection: what is under way on it, what comes back, and what is put back.
#include "queue_impls/brokers/redis_list_consumer.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <sched.h>
#include <vector>

namespace queuemeter::queues {
namespace {

constexpr Duration first_reconnect_delay = std::chrono::milliseconds{10};
constexpr Duration longest_reconnect_delay = std::chrono::seconds{1};
/// As in the waiting half: how long the server is asked to block at once.
constexpr Duration longest_block = std::chrono::seconds{5};
/// How long the end of a consumer, or a sweep, waits for the server.
constexpr Duration patience_at_the_end = std::chrono::seconds{1};

}  // namespace

/// Whether it is connected, after trying until `until` if an attempt is due.
bool RedisListConsumer::connect(Instant until) {
  if (connection_.is_ready()) {
    return true;
  }
  if (connection_.is_closed()) {
    if (clock_.now() < reconnect_at_) {
      return false;
    }
    connection_.open();
  }
  while (!connection_.is_ready() && !connection_.is_closed()) {
    if (connection_.await(until) != RedisConnection::Awaited::progress) {
      return false;
    }
  }
  if (connection_.is_closed()) {
    lose_connection();
    return false;
  }
  reconnect_delay_ = Duration{0};
  client_id_.reset();
  send(Answer::client_id, {"CLIENT", "ID"});
  if (moves()) {
    send(Answer::ignored, {"SADD", state_.holders_key(), holder_});
  }
  connection_.flush();
  return true;
}

// What was asked for and not answered may be gone with the connection, or stay in our own list for
// the reaper.
void RedisListConsumer::lose_connection() {
  if (!moves()) {
    state_.in_hand_over.fetch_add(asked_ * state_.settings.batch + (blocking_ ? 1U : 0U),
                                  std::memory_order_relaxed);
  }
  under_way_.clear();
  elements_left_ = 0;
  asked_ = 0;
  blocking_ = false;
  client_id_.reset();
  state_.broken.fetch_add(1, std::memory_order_relaxed);
  reconnect_delay_ =
      std::clamp(2 * reconnect_delay_, first_reconnect_delay, longest_reconnect_delay);
  reconnect_at_ = clock_.now() + reconnect_delay_;
}

void RedisListConsumer::send(Answer answer, std::initializer_list<std::string_view> words) {
  if (under_way_.empty()) {
    heard_at_ = clock_.now();
  }
  append_resp_command(connection_.out(), words);
  under_way_.push(answer);
}

/// A server that says nothing for so long although it should is taken for gone.
void RedisListConsumer::give_up_if_silent(Duration patience) {
  if (!under_way_.empty() && clock_.now() - heard_at_ > patience) {
    connection_.give_up();
  }
}

/// Waits by the queue's wait policy for bytes, an interrupt or `until`.
RedisConnection::Awaited RedisListConsumer::await_bytes(Instant until) {
  if (state_.settings.wait == WaitPolicyKind::spin_park) {
    return connection_.await(until, wake_);
  }
  for (;;) {
    const RedisConnection::Awaited awaited = connection_.await(Instant::min(), wake_);
    if (awaited != RedisConnection::Awaited::timed_out || clock_.now() >= until) {
      return awaited;
    }
    if (state_.settings.wait == WaitPolicyKind::spin_yield) {
      ::sched_yield();
    }
  }
}

/// Waits until every command under way is answered; false when the connection broke, or `until`
/// came first.
bool RedisListConsumer::await_answers(Instant until) {
  while (!under_way_.empty()) {
    read_answers();
    if (under_way_.empty()) {
      break;
    }
    if (connection_.is_closed()) {
      lose_connection();
      return false;
    }
    const bool spins = state_.settings.wait != WaitPolicyKind::spin_park;
    const RedisConnection::Awaited awaited = connection_.await(spins ? Instant::min() : until);
    if (awaited == RedisConnection::Awaited::timed_out && clock_.now() >= until) {
      give_up_if_silent((blocking_ ? longest_block : Duration{0}) +
                        state_.settings.target.reply_timeout);
      if (connection_.is_closed()) {
        lose_connection();
      }
      return false;
    }
  }
  return !connection_.is_closed();
}

void RedisListConsumer::read_answers() {
  const Instant at = clock_.now();
  RespItem item;
  while (!under_way_.empty() && connection_.next(item) == RespReader::Status::item) {
    heard_at_ = at;
    read_answer(item, at);
  }
}

void RedisListConsumer::read_answer(const RespItem& item, Instant at) {
  const Answer answer = under_way_.front();
  if (elements_left_ > 0) {
    --elements_left_;
    // BRPOP answers the list's name, then the element.
    if (item.kind == RespItem::Kind::bulk &&
        (answer == Answer::popped || (answer == Answer::blocked && elements_left_ == 0))) {
      arrived(item.text, at);
    }
    if (elements_left_ == 0) {
      end_answer();
    }
    return;
  }
  switch (item.kind) {
    case RespItem::Kind::array:
      elements_left_ = item.number;
      if (item.number > 0) {
        return;
      }
      break;
    case RespItem::Kind::bulk:
      if (answer == Answer::moved || answer == Answer::blocked) {
        arrived(item.text, at);
      }
      break;
    case RespItem::Kind::nil:
      found_empty_ = found_empty_ || answer == Answer::popped || answer == Answer::moved;
      break;
    case RespItem::Kind::integer:
      if (answer == Answer::client_id) {
        client_id_ = item.number;
      } else if (answer == Answer::length) {
        length_ = item.number;
      }
      break;
    case RespItem::Kind::error:
      refused_ = refused_ || answer == Answer::popped || answer == Answer::moved;
      break;
    case RespItem::Kind::simple:
      break;
  }
  end_answer();
}

void RedisListConsumer::end_answer() noexcept {
  switch (under_way_.pop()) {
    case Answer::popped:
    case Answer::moved:
      --asked_;
      if (found_empty_) {
        pipeline_ = 1;
      }
      break;
    case Answer::blocked:
      blocking_ = false;
      break;
    case Answer::client_id:
    case Answer::length:
    case Answer::ignored:
      break;
  }
}

void RedisListConsumer::arrived(std::string_view message, Instant at) {
  const bool was_moved = under_way_.front() != Answer::popped && moves();
  state_.popped.fetch_add(1, std::memory_order_relaxed);
  const std::optional<CallHandle> call = reader_.read(message);
  if (!call.has_value()) {
    state_.mutilated.fetch_add(reader_.mutilated() - mutilated_seen_, std::memory_order_relaxed);
    mutilated_seen_ = reader_.mutilated();
    if (was_moved) {
      drop_held(message);
    }
    return;
  }
  const bool hands_out = taking_.room() > 0 && kept_.empty();
  if (hands_out) {
    taking_.calls[taking_.done] = *call;
    taking_.taken_at[taking_.done++] = at;
  }
  if (was_moved || !hands_out) {
    const std::size_t place = held_.add(*call, message, at);
    held_.at(place).handed_out = hands_out;
    held_.at(place).moved = was_moved;
    if (!hands_out) {
      kept_.push(place);
    }
  }
}

/// Makes the server forget a message that was moved to us.
void RedisListConsumer::drop_held(std::string_view message) {
  // From the tail, where the oldest are: acknowledged in order, it is the first that is looked at.
  send(Answer::ignored, {"LREM", holder_, "-1", message});
}

/// Sends a message back to where the next take finds it; as one delivery more, if it was one.
void RedisListConsumer::return_message(HeldMessages::Message& message) {
  if (message.moved) {
    send(Answer::ignored, {"MULTI"});
    send(Answer::ignored, {"LREM", holder_, "-1", message.bytes});
  }
  if (message.handed_out) {
    count_attempt(message.bytes);
  }
  send(Answer::ignored, {"RPUSH", state_.settings.list, message.bytes});
  if (message.moved) {
    send(Answer::ignored, {"EXEC"});
  }
  state_.put_back.fetch_add(1, std::memory_order_relaxed);
}

bool RedisListConsumer::is_list_empty() {
  length_ = -1;
  send(Answer::length, {"LLEN", state_.settings.list});
  connection_.flush();
  return await_answers(clock_.now() + state_.settings.target.reply_timeout) && length_ == 0;
}

bool RedisListConsumer::put_back() {
  const std::lock_guard use{use_};
  return return_kept() > 0;
}

/// Puts back what came and was not handed out, also what is still to come; how many.
std::size_t RedisListConsumer::return_kept() {
  const Instant until = clock_.now() + patience_at_the_end;
  if ((blocking_ && !end_blocking()) || !await_answers(until)) {
    return 0;
  }
  std::vector<std::size_t> places;
  while (!kept_.empty()) {
    places.push_back(kept_.pop());
  }
  // The youngest first, so that the oldest is the next to be taken.
  for (auto place = places.rbegin(); place != places.rend(); ++place) {
    return_message(held_.at(*place));
    held_.release(*place);
  }
  connection_.flush();
  return await_answers(until) ? places.size() : 0;
}

/// Puts back what was handed out and not acknowledged; how many.
std::size_t RedisListConsumer::return_unacknowledged() {
  if (!connection_.is_ready()) {
    return 0;  // the reaper finds them in our list
  }
  std::vector<std::size_t> places;
  for (std::size_t place = 0; place < held_.places(); ++place) {
    if (held_.at(place).used) {
      places.push_back(place);
    }
  }
  std::ranges::sort(places, std::greater<>{},
                    [this](std::size_t place) { return held_.at(place).taken_at; });
  for (const std::size_t place : places) {
    return_message(held_.at(place));
    held_.release(place);
  }
  connection_.flush();
  return await_answers(clock_.now() + patience_at_the_end) ? places.size() : 0;
}

}  // namespace queuemeter::queues
