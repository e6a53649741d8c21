// SPDX-License-Identifier: Apache-2.0
#include "harness/front/site_answer.hpp"

namespace queuemeter {
namespace {

constexpr unsigned accepted = 202;
constexpr unsigned not_found = 404;
constexpr unsigned gone = 410;
constexpr unsigned too_many_requests = 429;
constexpr unsigned unavailable = 503;

bool is_good(unsigned status) noexcept { return status >= 200 && status < 300; }

}  // namespace

RequestAnswer read_answer(const Reply& reply) noexcept {
  if (reply.reason == Reason::none) {
    return {};
  }
  if (reply.status == unavailable) {
    return {Outcome::rejected, Reason::full};
  }
  if (reply.status == too_many_requests) {
    return {Outcome::rejected, Reason::quota};
  }
  return {Outcome::failed, reply.reason};
}

ResultAnswer read_result(const Reply& reply) noexcept {
  if (reply.status == accepted) {
    return ResultAnswer::not_yet;
  }
  if (reply.reason == Reason::none) {
    return ResultAnswer::ready;
  }
  if (reply.status == not_found) {
    return ResultAnswer::nowhere;
  }
  if (reply.status == gone) {
    return ResultAnswer::dropped;
  }
  return is_good(reply.status) ? ResultAnswer::not_yet : ResultAnswer::no_answer;
}

}  // namespace queuemeter
