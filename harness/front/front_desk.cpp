// SPDX-License-Identifier: Apache-2.0
#include "harness/front/front_desk.hpp"

#include "harness/front/front_answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <span>
#include <utility>

namespace queuemeter {
namespace {

constexpr std::string_view calls_path = "/calls";
/// How often results are looked through for those that are too old.
constexpr Duration keep_gap = std::chrono::seconds{1};

CallBook::Limits limits_of(const FrontSettings& settings, std::size_t live) {
  return {.live = live,
          .kept = settings.kept,
          .bytes = settings.kept_bytes,
          .keep_for = settings.keep_for};
}

bool is_get(const HttpRequest& request) noexcept {
  return request.method == "GET" || request.method == "HEAD";
}

void answer_wrong_method(HttpReply reply, std::string_view allowed) {
  std::string lines{plain};
  lines.append("Allow: ").append(allowed).append("\r\n");
  reply.answer(405, lines, "this method is not for here\n");
}

}  // namespace

FrontDesk::FrontDesk(const Parts& parts)
    : parts_{parts},
      id_start_{fmt::format("{:x}-", parts.run_id)},
      book_{limits_of(parts.settings, parts.pool.capacity())},
      callbacks_{parts.loop, parts.clock, parts.settings.callbacks},
      seats_(parts.pool.capacity()) {}

void FrontDesk::connect() {
  producer_ = parts_.queue.make_producer(parts_.clock, this, &parts_.loop);
}

std::size_t FrontDesk::ByAddress::operator()(const PeerAddress& address) const noexcept {
  std::array<std::uint64_t, 2> halves;
  std::memcpy(halves.data(), address.bytes.data(), sizeof halves);
  return static_cast<std::size_t>(halves[0] ^ (halves[1] * 0x9E37'79B9'7F4A'7C15ULL));
}

void FrontDesk::requested(const HttpRequest& request, HttpReply reply) {
  const std::string_view path = request.path();
  if (path == calls_path) {
    if (request.method == "POST") {
      take_call(request, std::move(reply));
    } else {
      answer_wrong_method(std::move(reply), "POST");
    }
  } else if (!is_get(request)) {
    answer_wrong_method(std::move(reply), "GET, HEAD");
  } else if (path.starts_with("/calls/")) {
    look_up(path.substr(calls_path.size() + 1), std::move(reply));
  } else if (path == "/healthz") {
    answer_health(std::move(reply));
  } else if (path == "/metrics") {
    answer_metrics(std::move(reply));
  } else {
    reply.answer(404, plain, "there is /calls, /calls/ID, /healthz and /metrics\n");
  }
}

void FrontDesk::take_call(const HttpRequest& request, HttpReply reply) {
  if (!may_come(request, reply)) {
    return;
  }
  const auto asked = read_asked_call(request, parts_.settings.callbacks);
  if (asked.has_error()) {
    ++counts_.bad_call;
    reply.answer(400, plain, asked.error().what + "\n");
    return;
  }
  if (FrontCall* const call = enter(*asked, request, reply)) {
    offer(*call, std::move(reply));
  }
}

bool FrontDesk::may_come(const HttpRequest& request, HttpReply& reply) {
  if (is_draining_.load(std::memory_order_relaxed)) {
    ++counts_.draining;
    reply.answer(503, plain_and_retry, "this front end is stopping\n");
    return false;
  }
  const std::size_t limit = parts_.settings.per_client;
  if (limit == 0) {
    return true;
  }
  const auto found = by_client_.find(request.peer);
  if (found != by_client_.end() && found->second >= limit) {
    ++counts_.client_limit;
    reply.answer(429, plain_and_retry, "so many calls of this client are not done yet\n");
    return false;
  }
  return true;
}

/// The call in the book, with a record; null when it was refused.
FrontCall* FrontDesk::enter(const AskedCall& asked, const HttpRequest& request, HttpReply& reply) {
  std::string made_up;
  if (asked.id.empty()) {
    made_up = fmt::format("{}{:x}", id_start_, sequences_);
  }
  const std::string_view id = asked.id.empty() ? std::string_view{made_up} : asked.id;
  if (book_.find(id) != nullptr) {
    ++counts_.id_taken;
    reply.answer(409, plain, "a call of this id is known already\n");
    return nullptr;
  }
  CallRecord* const record = parts_.pool.acquire();
  FrontCall* const call = record == nullptr ? nullptr : book_.add(id);
  if (call == nullptr) {
    if (record != nullptr) {
      parts_.pool.give_back(*record);
    }
    ++counts_.queue_full;
    reply.answer(503, plain_and_retry, "as many calls are under way as there is room for\n");
    return nullptr;
  }
  call->record = record;
  fill(*call, asked, request);
  return call;
}

void FrontDesk::fill(FrontCall& call, const AskedCall& asked, const HttpRequest& request) {
  CallRecord& record = *call.record;
  const std::uint64_t sequence = sequences_++;
  const auto& deadline = parts_.settings.deadline;
  record.call = Call{.planned_at = request.received_at,
                     .sequence = sequence,
                     .draw_key = asked.draw.value_or(asked.sequence.value_or(sequence)),
                     .deadline = deadline ? request.received_at + *deadline : never,
                     .slot = record.call.slot,
                     .payload_bytes = static_cast<std::uint32_t>(request.body.size()),
                     .class_index = asked.class_index,
                     .run_id = parts_.run_id};
  record.at = {};
  call.body.assign(request.body);
  call.callback = asked.callback;
  call.client = request.peer;
  call.wait = asked.wait;
  call.received_at = request.received_at;
  call.at = {};
  if (parts_.settings.per_client > 0) {
    ++by_client_[call.client];
  }
  parts_.seats[record.call.slot] = &call;
  seats_[record.call.slot] = {};
  live_.store(book_.live(), std::memory_order_relaxed);
  is_idle_.store(false, std::memory_order_relaxed);
}

void FrontDesk::offer(FrontCall& call, HttpReply reply) {
  if (producer_->room() == 0) {
    turn_away(call, std::move(reply), QueueResult::full);
    return;
  }
  CallRecord& record = *call.record;
  const CallHandle handle{&record, record.call.sequence};
  Seat& seat = seats_[record.call.slot];
  Instant accepted_at = unobserved;
  record.publish(handle.sequence);
  const ChunkResult offered = producer_->offer({&handle, 1}, {&accepted_at, 1});
  if (offered.done == 0) {
    turn_away(call, std::move(reply), offered.result);
    return;
  }
  seat.unconfirmed = !is_observed(accepted_at);
  if (seat.unconfirmed) {
    hold(call, std::move(reply), FrontCall::Hold::acceptance);
  } else {
    accepted(call, std::move(reply));
  }
}

void FrontDesk::accepted(FrontCall& call, HttpReply reply) {
  ++counts_.accepted;
  if (!call.wait) {
    answer_accepted(call, std::move(reply));
    return;
  }
  waits_.push(parts_.clock.now() + *call.wait, {call.number, call.generation});
  hold(call, std::move(reply), FrontCall::Hold::result);
}

void FrontDesk::hold(FrontCall& call, HttpReply reply, FrontCall::Hold hold) {
  call.reply = std::move(reply);
  call.hold = hold;
  if (call.reply) {
    call.reply.watch(*this, (std::uint64_t{call.generation} << 32U) | call.number);
  }
}

/// The queue did not take the call: nobody else knows it.
void FrontDesk::turn_away(FrontCall& call, HttpReply reply, QueueResult result) {
  const bool is_full = result == QueueResult::full;
  ++(is_full ? counts_.queue_full : counts_.queue_failed);
  if (reply) {
    reply.answer(503, plain_and_retry,
                 is_full ? "the queue is full\n" : "the queue does not take calls\n");
  }
  parts_.pool.give_back(*call.record);
  remove(call);
}

void FrontDesk::remove(FrontCall& call) {
  client_is_done(call);
  book_.remove(call);
  live_.store(book_.live(), std::memory_order_relaxed);
}

void FrontDesk::confirmed(CallHandle handle, QueueResult result, Instant /*at*/) noexcept {
  CallRecord& record = *handle.record;
  Seat& seat = seats_[record.call.slot];
  if (!seat.unconfirmed || record.call.sequence != handle.sequence) {
    return;
  }
  seat.unconfirmed = false;
  if (seat.returned) {
    parts_.pool.give_back(record);  // it was delivered: whatever the queue says, it had it
    return;
  }
  FrontCall& call = *parts_.seats[record.call.slot];
  HttpReply reply = std::move(call.reply);
  call.hold = FrontCall::Hold::nothing;
  // Whoever claims the record owns it: us, or a worker who has the call in spite of all.
  if (result != QueueResult::ok && record.claim(handle.sequence)) {
    turn_away(call, std::move(reply), result);
    return;
  }
  accepted(call, std::move(reply));
}

void FrontDesk::client_left(std::uint64_t token) {
  FrontCall* const call =
      book_.find(static_cast<std::uint32_t>(token), static_cast<std::uint32_t>(token >> 32U));
  if (call != nullptr) {
    call->reply = HttpReply{};
    call->hold = FrontCall::Hold::nothing;
  }
}

Instant FrontDesk::step(Instant now) {
  Instant wake_at = producer_ == nullptr ? never : producer_->step(now);
  Returned what;
  while (parts_.inbox.take(what)) {
    take_back(what, now);
  }
  end_waits(now);
  book_.drop_old(now);
  wake_at = std::min(wake_at, callbacks_.step(now));
  is_idle_.store(book_.live() == 0 && callbacks_.idle(), std::memory_order_release);
  if (!waits_.empty()) {
    wake_at = std::min(wake_at, waits_.front_at());
  }
  return book_.kept() > 0 ? std::min(wake_at, now + keep_gap) : wake_at;
}

void FrontDesk::take_back(const Returned& what, Instant now) {
  if (what.kind == Returned::Kind::note) {
    return;
  }
  if (!what.holds_record) {
    ++counts_.duplicates;
    return;
  }
  CallRecord& record = *what.call.record;
  finish(*parts_.seats[record.call.slot], what, now);
  Seat& seat = seats_[record.call.slot];
  if (seat.unconfirmed) {
    seat.returned = true;  // the queue has yet to speak of it
  } else {
    parts_.pool.give_back(record);
  }
}

void FrontDesk::finish(FrontCall& call, const Returned& what, Instant now) {
  call.outcome = what.outcome;
  call.reason = what.reason;
  call.at.offered_at = call.record->at.offered_at;
  call.at.taken_at = what.taken_at;
  call.at.called_at = what.called_at;
  call.at.replied_at = what.replied_at;
  call.at.returned_at = now;
  count(call);
  client_is_done(call);
  HttpReply reply = std::move(call.reply);
  if (std::exchange(call.hold, FrontCall::Hold::nothing) == FrontCall::Hold::acceptance &&
      !call.wait) {
    ++counts_.accepted;
    answer_accepted(call, std::move(reply));
  } else {
    answer_result(call, std::move(reply));
  }
  if (call.callback) {
    lines_.clear();
    append_lines_of(call, lines_);
    callbacks_.post(*call.callback, lines_, call.answer);
    call.callback.reset();
  }
  book_.keep(call);
  live_.store(book_.live(), std::memory_order_relaxed);
}

void FrontDesk::count(const FrontCall& call) {
  switch (call.outcome) {
    case Outcome::completed:
      ++counts_.completed;
      counts_.completion.record(std::max(Duration{0}, call.at.returned_at - call.received_at));
      break;
    case Outcome::expired:
      ++counts_.expired;
      break;
    case Outcome::unfinished:
      ++counts_.unfinished;
      break;
    default:
      ++counts_.failed;
      break;
  }
}

void FrontDesk::client_is_done(const FrontCall& call) {
  if (parts_.settings.per_client == 0) {
    return;
  }
  const auto found = by_client_.find(call.client);
  if (--found->second == 0) {
    by_client_.erase(found);
  }
}

/// Clients whose patience is over are told where to ask later.
void FrontDesk::end_waits(Instant now) {
  while (!waits_.empty() && waits_.front_at() <= now) {
    const Wait wait = waits_.front();
    waits_.pop();
    FrontCall* const call = book_.find(wait.number, wait.generation);
    if (call != nullptr && call->hold == FrontCall::Hold::result) {
      call->hold = FrontCall::Hold::nothing;
      answer_accepted(*call, std::move(call->reply));
    }
  }
}

void FrontDesk::give_up_rest() {
  book_.for_each_live([](FrontCall& call) {
    if (call.reply) {
      call.reply.answer(503, plain, "this front end stopped before the call was done\n");
    }
  });
}

}  // namespace queuemeter
