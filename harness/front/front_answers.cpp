// SPDX-License-Identifier: Apache-2.0
// The half of the front desk that tells of calls.
#include "harness/front/front_answers.hpp"

#include "harness/front/front_desk.hpp"
#include "harness/front/result_lines.hpp"

#include <utility>

namespace queuemeter {

void append_lines_of(const FrontCall& call, std::string& lines) {
  lines.append("X-Queuemeter-Call: ").append(call.id).append("\r\n");
  append_result_lines({.outcome = call.outcome, .reason = call.reason, .at = call.at}, lines);
}

void FrontDesk::look_up(std::string_view id, HttpReply reply) {
  const FrontCall* const call = book_.find(id);
  if (call != nullptr && call->done) {
    answer_result(*call, std::move(reply));
  } else if (call != nullptr) {
    answer_accepted(*call, std::move(reply));
  } else if (book_.was_dropped(id)) {
    reply.answer(410, plain, "its result was kept for as long as it could be\n");
  } else {
    reply.answer(404, plain, "no call of this id was accepted here\n");
  }
}

void FrontDesk::answer_accepted(const FrontCall& call, HttpReply reply) {
  if (!reply) {
    return;  // the client has left
  }
  const bool is_working =
      call.record != nullptr && call.record->stage() == CallRecord::Stage::working;
  lines_.assign(plain).append("Location: /calls/").append(call.id);
  lines_.append("\r\nX-Queuemeter-Call: ").append(call.id).append("\r\n");
  reply.answer(202, lines_, is_working ? "working\n" : "queued\n");
}

void FrontDesk::answer_result(const FrontCall& call, HttpReply reply) {
  if (!reply) {
    return;
  }
  const bool is_good = call.outcome == Outcome::completed;
  const bool is_expired = call.outcome == Outcome::expired;
  lines_.assign("Content-Type: application/octet-stream\r\n");
  append_lines_of(call, lines_);
  reply.answer(is_good ? 200 : is_expired ? 504 : 502, lines_, call.answer);
}

void FrontDesk::answer_health(HttpReply reply) {
  if (is_draining_.load(std::memory_order_relaxed)) {
    reply.answer(503, plain_and_retry, "draining\n");
  } else {
    reply.answer(200, plain, "ok\n");
  }
}

void FrontDesk::answer_metrics(HttpReply reply) {
  const HttpServerCounts server = server_ == nullptr ? HttpServerCounts{} : server_->counts();
  const FrontGauges gauges{.live = book_.live(),
                           .queued = parts_.queue.depth(),
                           .kept = book_.kept(),
                           .connections = server.open,
                           .buffered_bytes = server.buffered_bytes};
  reply.answer(200, "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n",
               to_open_metrics(counts_, gauges, callbacks_.counts()));
}

}  // namespace queuemeter
