// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/event_service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace queuemeter {
namespace {

constexpr std::string_view plain = "Content-Type: text/plain\r\n";
constexpr std::string_view json = "Content-Type: application/json\r\n";
/// How often a bandwidth lets a piece of a body through.
constexpr Duration gap = std::chrono::milliseconds{10};

std::string plain_and_retry(Duration wait) {
  return fmt::format("{}Retry-After: {}\r\n", plain, retry_after(wait));
}

}  // namespace

EventService::EventService(const BackendServerSettings& settings, const Clock& clock, Alarm& alarm,
                           RequestObserver* observer)
    : settings_{settings},
      clock_{clock},
      alarm_{alarm},
      observer_{observer},
      started_at_{clock.now()},
      body_{answer_body(settings.answer_bytes)},
      reception_{settings.model},
      free_slots_{std::max<std::size_t>(1, settings.model.concurrency)},
      account_{free_slots_, started_at_} {
  if (settings.bandwidth) {
    const double bytes = static_cast<double>(*settings.bandwidth) * to_seconds(gap);
    piece_ = std::max<std::size_t>(1, static_cast<std::size_t>(bytes));
  }
}

void EventService::requested(const HttpRequest& request, HttpReply reply) {
  finish_due(request.received_at);
  const std::string_view path = request.path();
  if (path == "/stats") {
    reply.answer(200, json, to_json(stats(request.received_at)));
  } else if (path == "/healthz") {
    reply.answer(200, plain, "ok\n");
  } else {
    serve(request, std::move(reply));
  }
  set_alarm();
}

/// One call of the interface.
void EventService::serve(const HttpRequest& request, HttpReply reply) {
  const Instant now = request.received_at;
  if (const Duration wait = reception_.wait_of_quota(now); wait > Duration{0}) {
    reply.answer(429, plain_and_retry(wait), limited_text);
    return;
  }
  if (free_slots_ == 0 && waiting_ >= settings_.model.queue) {
    account_.refused();
    reply.answer(503, plain_and_retry(Duration{0}), full_text);
    return;
  }
  const WorkNumber number = let_in(request, std::move(reply), fate_of(request));
  if (free_slots_ > 0) {
    --free_slots_;
    start(number, now);
    return;
  }
  (last_waiting_ == no_work ? first_waiting_ : works_[last_waiting_].next) = number;
  last_waiting_ = number;
  peak_waiting_ = std::max(peak_waiting_, ++waiting_);
}

ServiceFate EventService::fate_of(const HttpRequest& request) {
  CallLabels labels;
  request.fields.for_each([&labels](std::string_view name, std::string_view value) {
    constexpr std::string_view ours = "x-queuemeter-";
    if (name.size() <= ours.size() || !equals_ignoring_case(name.substr(0, ours.size()), ours)) {
      return;
    }
    const std::string_view label = name.substr(ours.size());
    if (equals_ignoring_case(label, "sequence")) {
      labels.sequence = value;
    } else if (equals_ignoring_case(label, "draw")) {
      labels.draw = value;
    } else if (equals_ignoring_case(label, "class")) {
      labels.class_index = value;
    }
  });
  return reception_.fate_of(labels);
}

EventService::WorkNumber EventService::let_in(const HttpRequest& request, HttpReply reply,
                                              const ServiceFate& fate) {
  if (free_works_.empty()) {
    free_works_.push_back(static_cast<WorkNumber>(works_.size()));
    works_.emplace_back();
    free_works_.reserve(works_.capacity());  // so that `remove` never allocates
  }
  const WorkNumber number = free_works_.back();
  free_works_.pop_back();
  Work& work = works_[number];
  work.reply = std::move(reply);
  work.reply.watch(*this, number);
  work.fate = fate;
  work.arrived_at = request.received_at;
  work.stage = Stage::waiting;
  work.client_left = false;
  work.next = no_work;
  work.sent = 0;
  work.observed = observer_ == nullptr ? std::nullopt : observer_->begun(request);
  return number;
}

void EventService::start(WorkNumber number, Instant at) {
  Work& work = works_[number];
  work.started_at = at;
  account_.began(at);
  if (!work.fate.hangs) {
    work.stage = Stage::working;
    // What takes no time is answered at once; behind a line, in its turn.
    if (work.fate.service <= Duration{0} && waiting_ == 0) {
      finish(number, at);
    } else {
      due_.push(at + work.fate.service, number);
    }
    return;
  }
  work.stage = Stage::hanging;
  account_.hung();
  if (work.client_left) {
    due_.push(at, number);
  }
}

void EventService::advance(Instant now) {
  finish_due(now);
  set_alarm();
}

void EventService::finish_due(Instant now) {
  while (!due_.empty() && due_.front_at() <= now) {
    const Instant at = due_.front_at();
    const WorkNumber number = due_.front();
    due_.pop();
    if (works_[number].stage == Stage::sending) {
      send_piece(number, at);
    } else {
      finish(number, at);
    }
  }
}

void EventService::finish(WorkNumber number, Instant at) {
  Work& work = works_[number];
  account_.ended(work.started_at, at,
                 {.is_error = work.fate.is_error,
                  .is_wasted = work.client_left,
                  .hung = work.stage == Stage::hanging});
  if (work.client_left) {
    tell_observer(work, 0);
    remove(number);
  } else {
    answer(number);
  }
  free_slot(at);
}

void EventService::free_slot(Instant at) {
  if (first_waiting_ == no_work) {
    ++free_slots_;
    return;
  }
  const WorkNumber next = first_waiting_;
  first_waiting_ = works_[next].next;
  last_waiting_ = first_waiting_ == no_work ? no_work : last_waiting_;
  --waiting_;
  start(next, std::max(at, works_[next].arrived_at));
}

void EventService::answer(WorkNumber number) {
  Work& work = works_[number];
  const unsigned status = work.fate.is_error ? 500 : 200;
  const std::string_view body = work.fate.is_error ? error_text : std::string_view{body_};
  tell_observer(work, status);
  if (piece_ > 0 && body.size() > piece_ && !work.fate.is_error) {
    work.stage = Stage::sending;
    work.reply.begin(status, plain, body.size());
    due_.push(clock_.now() + gap, number);
    return;
  }
  work.reply.answer(status, plain, body);
  remove(number);
}

void EventService::send_piece(WorkNumber number, Instant at) {
  Work& work = works_[number];
  const std::string_view piece = std::string_view{body_}.substr(work.sent, piece_);
  if (work.client_left) {
    remove(number);
    return;
  }
  work.sent += piece.size();
  work.reply.add(piece);
  if (work.sent == body_.size()) {
    remove(number);
  } else {
    due_.push(at + gap, number);
  }
}

void EventService::client_left(std::uint64_t token) {
  const auto number = static_cast<WorkNumber>(token);
  Work& work = works_[number];
  work.client_left = true;
  work.reply = HttpReply{};
  if (work.stage == Stage::hanging) {
    finish(number, clock_.now());
    set_alarm();
  }
}

void EventService::tell_observer(const Work& work, unsigned status) {
  if (work.observed) {
    observer_->answered(*work.observed, work.arrived_at, clock_.now(), status);
  }
}

void EventService::remove(WorkNumber number) noexcept {
  works_[number].reply = HttpReply{};
  free_works_.push_back(number);
}

BackendStats EventService::stats(Instant now) const {
  BackendStats stats;
  stats.account = account_.read(now);
  stats.account.limited = reception_.limited();
  const HttpServerCounts connections = server_->counts();
  stats.connections = connections.open;
  stats.connections_refused = connections.refused;
  stats.gate_waiting = waiting_;
  stats.gate_peak = peak_waiting_;
  stats.uptime_seconds = to_seconds(now - started_at_);
  return stats;
}

}  // namespace queuemeter
