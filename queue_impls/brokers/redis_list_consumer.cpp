// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/brokers/redis_list_consumer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace queuemeter::queues {
namespace {

/// How long a take waits for the server's answer before it says so and goes on waiting next time.
constexpr Duration patience = std::chrono::milliseconds{100};
/// How long the server is asked to block at once.
constexpr Duration longest_block = std::chrono::seconds{5};
/// How much later than asked for the server may say that it has blocked long enough.
constexpr Duration block_grace = std::chrono::milliseconds{2};

}  // namespace

RedisListConsumer::RedisListConsumer(RedisListState& state, const Clock& clock)
    : state_{state},
      clock_{clock},
      holder_{state.settings.take == RedisTake::move ? state.new_holder_key() : std::string{}},
      wake_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)},
      connection_{state.server, clock, state.name_of("consumer"), state.limits},
      reader_{state.kind, state.payload, state.intake} {
  {
    const std::lock_guard use{use_};
    static_cast<void>(connect(clock_.now() + state_.settings.target.connect_timeout));
  }
  state_.enlist(*this);
}

RedisListConsumer::~RedisListConsumer() {
  state_.delist(*this);
  {
    const std::lock_guard use{use_};
    // What its user took and did not acknowledge will not be acknowledged any more.
    return_kept();
    state_.redelivered.fetch_add(return_unacknowledged(), std::memory_order_relaxed);
    if (moves() && connection_.is_ready()) {
      send(Answer::ignored, {"SREM", state_.holders_key(), holder_});
      static_cast<void>(await_answers(clock_.now() + patience));
    }
  }
  ::close(wake_);
}

bool RedisListConsumer::moves() const noexcept { return state_.settings.take == RedisTake::move; }

ChunkResult RedisListConsumer::take(std::span<CallHandle> calls, std::span<Instant> taken_at) {
  const bool closed = state_.closed.load(std::memory_order_acquire);
  ChunkResult chunk;
  {
    const std::lock_guard use{use_};
    chunk = take_now(calls, taken_at);
  }
  if (!closed || chunk.done > 0) {
    return chunk;
  }
  if (chunk.result != QueueResult::empty) {
    state_.sweep_failed.store(true, std::memory_order_relaxed);
    return chunk;
  }
  // Others may hold what they will never hand out. Without our lock: they may look at us.
  if (state_.recall_from_others(*this)) {
    const std::lock_guard use{use_};
    chunk = take_now(calls, taken_at);
  }
  if (chunk.done == 0 && chunk.result == QueueResult::empty) {
    state_.note_swept();
    chunk.result = QueueResult::closed;
  }
  return chunk;
}

ChunkResult RedisListConsumer::take_now(std::span<CallHandle> calls, std::span<Instant> taken_at) {
  taking_ = {calls, taken_at, 0};
  hand_out_kept();
  QueueResult result = QueueResult::ok;
  if (taking_.done == 0 && !calls.empty()) {
    const Instant until = clock_.now() + (state_.closed.load(std::memory_order_relaxed)
                                              ? state_.settings.target.reply_timeout
                                              : patience);
    found_empty_ = refused_ = false;
    result = QueueResult::empty;
    if (!connect(until) || (blocking_ && !end_blocking())) {
      result = QueueResult::failed;
    } else if (!await_answers(until)) {  // of a take that had lost its patience
      result = connection_.is_closed() ? QueueResult::failed : QueueResult::timed_out;
    }
    while (result == QueueResult::empty && !found_empty_ && taking_.room() > 0 && ask()) {
      if (!await_answers(until)) {
        result = connection_.is_closed() ? QueueResult::failed : QueueResult::timed_out;
      } else if (refused_) {
        result = QueueResult::failed;
      }
    }
  }
  const std::size_t done = taking_.done;
  taking_ = {};
  return {done, done > 0 ? QueueResult::ok : result};
}

void RedisListConsumer::hand_out_kept() {
  while (!kept_.empty() && taking_.room() > 0) {
    const std::size_t place = kept_.pop();
    HeldMessages::Message& message = held_.at(place);
    taking_.calls[taking_.done] = message.call;
    taking_.taken_at[taking_.done++] = message.taken_at;
    message.handed_out = true;
    if (!message.moved) {
      held_.release(place);
    }
  }
}

/// Sends take commands for what the span has room for; false when nothing may be asked for. As many
/// as found something last time, doubled: an empty list is not asked in vain too often. A closed
/// list is being emptied for good: what is taken from it is final.
bool RedisListConsumer::ask() {
  const bool final = state_.closed.load(std::memory_order_relaxed);
  const bool by_moving = moves() && !final;
  const std::size_t prefetch = state_.settings.prefetch;
  const std::size_t allowed =
      by_moving ? prefetch - std::min(prefetch, held_.size()) : taking_.room();
  std::size_t wanted = std::min(taking_.room(), allowed);
  if (wanted == 0) {
    return false;
  }
  const std::size_t each = by_moving ? 1 : state_.settings.batch;
  for (std::size_t sent = 0; sent < pipeline_ && wanted > 0; ++sent) {
    const std::size_t count = std::min(each, wanted);
    wanted -= count;
    ++asked_;
    if (by_moving) {
      send(Answer::moved, {"LMOVE", state_.settings.list, holder_, "RIGHT", "LEFT"});
    } else {
      const fmt::format_int digits{count};
      send(Answer::popped,
           {"RPOP", state_.settings.list, std::string_view{digits.data(), digits.size()}});
    }
  }
  constexpr std::size_t longest_pipeline = 1024;
  pipeline_ = std::min(2 * pipeline_, longest_pipeline);
  connection_.flush();
  return true;
}

void RedisListConsumer::ask_blocking(Instant until) {
  const Duration span =
      std::clamp<Duration>(until - clock_.now(), std::chrono::milliseconds{1}, longest_block);
  const std::string seconds = fmt::format("{:.3f}", to_seconds(span));
  blocking_ = true;
  if (moves()) {
    send(Answer::blocked, {"BLMOVE", state_.settings.list, holder_, "RIGHT", "LEFT", seconds});
  } else {
    send(Answer::blocked, {"BRPOP", state_.settings.list, seconds});
  }
  connection_.flush();
}

/// Ends the blocking command that an interrupted wait has left under way. What it brought is kept.
bool RedisListConsumer::end_blocking() {
  read_answers();
  if (!blocking_) {
    return !connection_.is_closed();
  }
  const Instant until = clock_.now() + state_.settings.target.reply_timeout;
  if (client_id_.has_value() && state_.unblock(*client_id_) && await_answers(until)) {
    hand_out_kept();
    return true;
  }
  connection_.give_up();  // the server then forgets the command
  lose_connection();
  return false;
}

QueueResult RedisListConsumer::wait(Instant until) {
  const std::lock_guard use{use_};
  if (!kept_.empty()) {
    return QueueResult::empty;
  }
  if (!connect(until)) {
    return wait_idle(std::min(until, reconnect_at_));
  }
  if (state_.closed.load(std::memory_order_acquire)) {
    return wait_closed();
  }
  if (moves() && held_.size() >= state_.settings.prefetch) {
    return wait_idle(until);  // nothing may be taken before something is acknowledged
  }
  return wait_blocked(until);
}

QueueResult RedisListConsumer::wait_blocked(Instant until) {
  while (kept_.empty()) {
    const Instant now = clock_.now();
    if (now >= until + (blocking_ ? block_grace : Duration{0})) {
      return QueueResult::timed_out;
    }
    if (!blocking_ && asked_ == 0) {
      ask_blocking(until);
    }
    const RedisConnection::Awaited awaited = await_bytes(until + block_grace);
    read_answers();
    if (awaited == RedisConnection::Awaited::woken) {
      eventfd_t ignored = 0;
      ::eventfd_read(wake_, &ignored);
      return state_.closed.load(std::memory_order_acquire) ? wait_closed() : QueueResult::timed_out;
    }
    give_up_if_silent(longest_block + state_.settings.target.reply_timeout);
    if (connection_.is_closed() && kept_.empty()) {
      lose_connection();
      return QueueResult::timed_out;
    }
  }
  return QueueResult::empty;
}

/// Nothing more will come: whether there is anything left.
QueueResult RedisListConsumer::wait_closed() {
  if (blocking_ && !end_blocking()) {
    return QueueResult::empty;
  }
  return is_list_empty() && kept_.empty() ? QueueResult::closed : QueueResult::empty;
}

/// Waits for an interrupt only.
QueueResult RedisListConsumer::wait_idle(Instant until) {
  const Duration left =
      std::clamp<Duration>(until - clock_.now(), Duration{0}, std::chrono::seconds{60});
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  const timespec timeout{seconds.count(), (left - seconds).count()};
  pollfd watched{wake_, POLLIN, 0};
  if (::ppoll(&watched, 1, &timeout, nullptr) > 0) {
    eventfd_t ignored = 0;
    ::eventfd_read(wake_, &ignored);
  }
  return QueueResult::timed_out;
}

QueueResult RedisListConsumer::acknowledge(std::span<const CallHandle> calls) {
  if (!moves()) {
    return QueueResult::ok;
  }
  const std::lock_guard use{use_};
  if (blocking_) {
    static_cast<void>(end_blocking());  // or the server would not look at what follows it
  }
  QueueResult result = QueueResult::ok;
  for (const CallHandle& call : calls) {
    const std::size_t place = held_.find(call);
    if (place == HeldMessages::nowhere) {
      continue;  // taken after the close, which is final; or put back
    }
    if (connection_.is_ready()) {
      drop_held(held_.at(place).bytes);
    } else {
      result = QueueResult::failed;  // the server still has it and will deliver it again
    }
    held_.release(place);
  }
  connection_.flush();
  return result;
}

QueueResult RedisListConsumer::give_back(CallHandle call) {
  const std::lock_guard use{use_};
  const std::size_t place = held_.find(call);
  if (place == HeldMessages::nowhere || (blocking_ && !end_blocking()) || !connection_.is_ready()) {
    return QueueResult::rejected;
  }
  return_message(held_.at(place));
  held_.release(place);
  connection_.flush();
  return QueueResult::ok;
}

void RedisListConsumer::interrupt() noexcept { ::eventfd_write(wake_, 1); }

}  // namespace queuemeter::queues
