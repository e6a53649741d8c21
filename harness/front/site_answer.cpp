// SPDX-License-Identifier: Apache-2.0
#include "harness/front/site_answer.hpp"

namespace queuemeter {
namespace {

constexpr unsigned accepted = 202;
constexpr unsigned not_found = 404;
constexpr unsigned gone = 410;
constexpr unsigned too_many_requests = 429;
constexpr unsigned bad_gateway = 502;
constexpr unsigned unavailable = 503;
constexpr unsigned gateway_timeout = 504;

bool is_good(unsigned status) noexcept { return status >= 200 && status < 300; }

}  // namespace

RequestAnswer read_answer(const Reply& reply, SiteWords words) noexcept {
  if (reply.reason == Reason::none) {
    return {};
  }
  if (reply.status == unavailable) {
    return {Outcome::rejected, Reason::full};
  }
  if (reply.status == too_many_requests) {
    return {Outcome::rejected, Reason::quota};
  }
  if (words == SiteWords::of_ours && reply.status == gateway_timeout) {
    return {Outcome::expired, Reason::deadline};
  }
  if (words == SiteWords::of_ours && reply.status == accepted) {
    return {Outcome::failed, Reason::reply_timeout};  // it held the answer for so long
  }
  return {Outcome::failed, reply.reason};
}

ResultAnswer read_result(const Reply& reply, SiteWords words) noexcept {
  if (reply.status == accepted) {
    return ResultAnswer::not_yet;
  }
  if (reply.reason == Reason::none) {
    return ResultAnswer::ready;
  }
  if (reply.status == not_found) {
    return ResultAnswer::nowhere;
  }
  const bool is_ours = words == SiteWords::of_ours;
  if (reply.status == gone) {
    return is_ours ? ResultAnswer::nowhere : ResultAnswer::dropped;
  }
  if (is_ours && reply.status == bad_gateway) {
    return ResultAnswer::failed;
  }
  if (is_ours && reply.status == gateway_timeout) {
    return ResultAnswer::expired;
  }
  return is_good(reply.status) ? ResultAnswer::not_yet : ResultAnswer::no_answer;
}

}  // namespace queuemeter
