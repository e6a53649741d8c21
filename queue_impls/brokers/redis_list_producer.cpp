// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/brokers/redis_list_producer.hpp"

#include <algorithm>
#include <chrono>

namespace queuemeter::queues {
namespace {

constexpr Duration first_reconnect_delay = std::chrono::milliseconds{10};
constexpr Duration longest_reconnect_delay = std::chrono::seconds{1};
/// How old the known length may be when the list is nearly full.
constexpr Duration length_age = std::chrono::milliseconds{1};
/// How often a producer without an event loop looks for answers.
constexpr Duration look_again = std::chrono::microseconds{20};

/// What a refused LPUSH means for its calls: none of them is in the list.
QueueResult refusal_of(std::string_view error) noexcept {
  return error.starts_with("OOM ") ? QueueResult::full : QueueResult::rejected;
}

std::string push_words(const std::string& list) {
  ByteBuffer words;
  append_resp_count(words, '*', 3);
  append_resp_bulk(words, "LPUSH");
  append_resp_bulk(words, list);
  return std::string{words.unread()};
}

}  // namespace

RedisListProducer::RedisListProducer(RedisListState& state, const Clock& clock,
                                     ConfirmationSink* sink, boost::asio::io_context* loop)
    : state_{state},
      clock_{clock},
      sink_{sink},
      connection_{state.server, clock, state.name_of("producer")},
      writer_{state.kind, state.payload},
      push_one_{push_words(state.settings.list)} {
  if (!connection_.open_and_await()) {
    lose_connection(QueueResult::failed);
  }
  if (loop != nullptr && sink != nullptr) {
    link_ = std::make_unique<RedisLink>(*loop, connection_, clock);
    link_->arm();
  }
}

RedisListProducer::~RedisListProducer() {
  state_.in_flight.fetch_sub(static_cast<std::int64_t>(unconfirmed_), std::memory_order_relaxed);
  state_.in_doubt.fetch_add(unconfirmed_, std::memory_order_relaxed);
}

std::size_t RedisListProducer::room_in_list() const noexcept {
  if (!state_.settings.bound.has_value()) {
    return room();
  }
  const auto bound = static_cast<std::int64_t>(*state_.settings.bound);
  const std::int64_t used = state_.length.load(std::memory_order_relaxed) +
                            state_.in_flight.load(std::memory_order_relaxed);
  return static_cast<std::size_t>(std::max<std::int64_t>(0, bound - used));
}

ChunkResult RedisListProducer::offer(std::span<const CallHandle> calls,
                                     std::span<Instant> accepted_at) {
  if (state_.closed.load(std::memory_order_acquire)) {
    return {0, QueueResult::closed};
  }
  if (!connection_.is_ready()) {
    if (sink_ == nullptr) {
      reconnect(clock_.now());
    }
    return {0, QueueResult::rejected};
  }
  std::size_t done = 0;
  while (done < calls.size()) {
    std::size_t count = std::min({calls.size() - done, room(), room_in_list()});
    if (count == 0 && room() > 0) {
      ask_for_length();
      if (sink_ == nullptr) {
        await_answers(0, {});
        count = std::min({calls.size() - done, room(), room_in_list()});
      }
    }
    if (count == 0) {
      connection_.flush();
      break;
    }
    const std::span<const CallHandle> part = calls.subspan(done, count);
    for (std::size_t at = 0; at < part.size(); at += state_.settings.batch) {
      write_push(part.subspan(at, std::min(state_.settings.batch, part.size() - at)));
    }
    connection_.flush();
    if (sink_ != nullptr) {
      std::fill_n(accepted_at.begin() + static_cast<std::ptrdiff_t>(done), count, unobserved);
      done += count;
      continue;
    }
    const ChunkResult answered = await_answers(count, accepted_at.subspan(done, count));
    done += answered.done;
    if (answered.result != QueueResult::ok) {
      return {done, answered.result};
    }
  }
  if (link_ != nullptr) {
    link_->arm_write();
  }
  return {done, done == calls.size() ? QueueResult::ok : QueueResult::full};
}

void RedisListProducer::write_push(std::span<const CallHandle> calls) {
  ByteBuffer& out = connection_.out();
  if (calls.size() == 1) {
    out.append(push_one_);
  } else {
    append_resp_count(out, '*', 2 + calls.size());
    out.append(std::string_view{push_one_}.substr(push_one_.find('\n') + 1));
  }
  Instant now = unobserved;
  for (const CallHandle& call : calls) {
    CallRecord& record = *call.record;
    if (!is_observed(record.at.offered_at)) {
      now = clock_.now();
      record.at.offered_at = now;
    }
    const std::size_t bytes = writer_.bytes_of(record);
    append_resp_count(out, '$', bytes);
    char* const to = out.room(bytes + 2);
    writer_.write(record, {to, bytes});
    to[bytes] = '\r';
    to[bytes + 1] = '\n';
    out.commit(bytes + 2);
    calls_.push(call);
  }
  pending_.push({calls.size(), is_observed(now) ? now : clock_.now()});
  unconfirmed_ += calls.size();
  state_.in_flight.fetch_add(static_cast<std::int64_t>(calls.size()), std::memory_order_relaxed);
}

void RedisListProducer::ask_for_length() {
  if (asks_for_length_ || !connection_.is_ready()) {
    return;
  }
  append_resp_command(connection_.out(), {"LLEN", state_.settings.list});
  length_asked_at_ = clock_.now();
  pending_.push({0, length_asked_at_});
  asks_for_length_ = true;
  connection_.flush();
}

// Without a sink: the calls of this offer are the only ones under way.
ChunkResult RedisListProducer::await_answers(std::size_t offered, std::span<Instant> accepted_at) {
  accepted_at_ = accepted_at;
  accepted_ = 0;
  first_refusal_ = QueueResult::ok;
  const Instant until = clock_.now() + state_.settings.target.reply_timeout;
  while (!pending_.empty()) {
    if (connection_.is_closed()) {
      lose_connection(QueueResult::failed);
    } else if (connection_.await(until) == RedisConnection::Awaited::timed_out) {
      connection_.give_up();
      lose_connection(QueueResult::timed_out);
    } else {
      read_answers(clock_.now());
    }
  }
  accepted_at_ = {};
  return {accepted_, accepted_ == offered ? QueueResult::ok : first_refusal_};
}

Instant RedisListProducer::step(Instant now) {
  connection_.expire(now);
  if (link_ == nullptr) {
    while (connection_.receive()) {
      read_answers(clock_.now());
    }
    if (connection_.wants_write()) {
      static_cast<void>(connection_.await(now));
    }
  } else {
    read_answers(link_->received_at());
  }
  if (!pending_.empty() && connection_.is_ready() &&
      now - pending_.front().sent_at > state_.settings.target.reply_timeout) {
    connection_.give_up();
  }
  if (connection_.is_closed()) {
    const bool has_timed_out = connection_.failure() == LinkFailure::timed_out;
    lose_connection(has_timed_out ? QueueResult::timed_out : QueueResult::failed);
    reconnect(now);
  } else if (connection_.is_ready()) {
    reconnect_delay_ = Duration{0};
    reconnect_at_ = never;
    if (state_.settings.bound.has_value() && room_in_list() < *state_.settings.bound / 2 &&
        (!is_observed(length_asked_at_) || now - length_asked_at_ >= length_age)) {
      ask_for_length();
    }
  }
  if (link_ != nullptr) {
    link_->arm();
  }
  return next_wake(now);
}

Instant RedisListProducer::next_wake(Instant now) const noexcept {
  if (connection_.is_closed()) {
    return reconnect_at_;
  }
  const bool waits = !pending_.empty() || !connection_.is_ready();
  if (link_ == nullptr && waits) {
    return now + look_again;
  }
  const bool is_nearly_full =
      state_.settings.bound.has_value() && room_in_list() < *state_.settings.bound / 2;
  Instant wake = std::min(connection_.expires_at(), is_nearly_full ? now + length_age : never);
  if (waits) {
    wake = std::min(wake, now + state_.settings.target.reply_timeout);
  }
  return wake;
}

void RedisListProducer::read_answers(Instant at) {
  RespItem item;
  while (!pending_.empty() && connection_.next(item) == RespReader::Status::item) {
    answered(item, at);
  }
}

void RedisListProducer::answered(const RespItem& item, Instant at) {
  const Pending command = pending_.pop();
  if (command.calls == 0) {
    asks_for_length_ = false;
  }
  if (item.kind == RespItem::Kind::integer) {
    state_.length.store(item.number, std::memory_order_relaxed);
    confirm(command.calls, QueueResult::ok, at);
  } else if (item.kind == RespItem::Kind::error) {
    confirm(command.calls, refusal_of(item.text), at);
  } else {
    confirm(command.calls, QueueResult::failed, at);
  }
}

void RedisListProducer::confirm(std::size_t calls, QueueResult result, Instant at) {
  unconfirmed_ -= calls;
  state_.in_flight.fetch_sub(static_cast<std::int64_t>(calls), std::memory_order_relaxed);
  if (result == QueueResult::ok) {
    state_.accepted.fetch_add(calls, std::memory_order_relaxed);
  } else if (result == QueueResult::failed || result == QueueResult::timed_out) {
    state_.in_doubt.fetch_add(calls, std::memory_order_relaxed);
  }
  for (std::size_t left = calls; left > 0; --left) {
    const CallHandle call = calls_.pop();
    if (sink_ != nullptr) {
      sink_->confirmed(call, result, at);
    } else if (result == QueueResult::ok && first_refusal_ == QueueResult::ok) {
      accepted_at_[accepted_++] = at;
    } else if (first_refusal_ == QueueResult::ok) {
      first_refusal_ = result;
    }
  }
}

// What was sent and not answered may be in the list or not. It was answered as far as read.
void RedisListProducer::lose_connection(QueueResult result) {
  if (reconnect_at_ != never) {
    return;  // known already
  }
  const Instant now = clock_.now();
  read_answers(now);
  while (!pending_.empty()) {
    confirm(pending_.pop().calls, result, now);
  }
  asks_for_length_ = false;
  state_.broken.fetch_add(1, std::memory_order_relaxed);
  reconnect_delay_ =
      std::clamp(2 * reconnect_delay_, first_reconnect_delay, longest_reconnect_delay);
  reconnect_at_ = now + reconnect_delay_;
}

void RedisListProducer::reconnect(Instant now) {
  if (connection_.is_closed() && now >= reconnect_at_) {
    reconnect_at_ = never;
    connection_.open();
    if (sink_ == nullptr) {
      while (!connection_.is_ready() && !connection_.is_closed()) {
        static_cast<void>(connection_.await(never));
      }
    }
    if (connection_.is_closed()) {
      lose_connection(QueueResult::failed);
    }
  }
}

}  // namespace queuemeter::queues
