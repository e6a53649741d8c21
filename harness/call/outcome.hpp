// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace queuemeter {

/// How a planned call ended. Every planned call ends in exactly one of these.
enum class Outcome : std::uint8_t {
  completed,   ///< its reply came
  rejected,    ///< refused when offered: full, caller_limit, quota, breaker
  shed,        ///< accepted, then discarded by the queue's declared policy
  expired,     ///< its deadline had passed before work on it began
  failed,      ///< an error, a wrong answer or a timeout
  lost,        ///< accepted, never replied, and the sweep found it nowhere
  unfinished,  ///< still queued or in work when the drain ended
  unknown,     ///< in doubt: the send timed out, or the queue cannot be swept
  unsent       ///< planned and due, never offered
};
inline constexpr std::size_t outcome_count = 9;
inline constexpr std::array<Outcome, outcome_count> all_outcomes{
    Outcome::completed, Outcome::rejected,   Outcome::shed,    Outcome::expired, Outcome::failed,
    Outcome::lost,      Outcome::unfinished, Outcome::unknown, Outcome::unsent};

/// Why a call did not complete: the finer grain under its outcome, counted in `ledger.reasons`.
enum class Reason : std::uint8_t {
  none,
  full,             ///< rejected: the queue was at its bound
  caller_limit,     ///< rejected: too many unanswered calls or held offers on the caller's side
  closed,           ///< rejected: the queue had been closed
  queue_failure,    ///< failed: the queue answered with an error
  reply_timeout,    ///< failed: the caller gave up waiting for its answer
  backend_error,    ///< failed: the backend answered with an error status
  backend_refused,  ///< failed: the backend's own queue was full (503)
  backend_timeout,  ///< failed: a timeout of the client's stages (connect, first byte, whole)
  disconnected,     ///< failed: the connection broke before the reply was whole
  unreachable,      ///< failed: no connection could be made
  wrong_answer,     ///< failed: the answer was not HTTP, or not the expected one
  deadline,         ///< expired: the deadline passed before work began
  drop_oldest,      ///< shed: evicted for a newer call
  drain_ended,      ///< unfinished: still queued or in work
  backend_quota,    ///< failed: the backend's rate limit answered 429
  worker_died,      ///< lost: the worker process that had it died, and nobody delivers it again
  unconfirmed,      ///< unknown: the queue's connection broke before it confirmed the offer
  foreign_removal,  ///< lost: somebody else took or trimmed it from the queue
  quota,            ///< rejected: the front end's limit for one client (429)
  no_callback,      ///< lost: the front end has its result, and never called back
  queue_restarted,  ///< lost: the queue was started anew, and had forgotten it
  hand_over         ///< lost: the connection broke while the queue handed it to a worker
};
inline constexpr std::size_t reason_count = 23;

/// Whether a call can end in `outcome` because of `reason`; `none` goes with every outcome. The
/// ledger keeps one byte per call, which has room for the pairs that exist and no others.
[[nodiscard]] constexpr bool is_possible(Outcome outcome, Reason reason) noexcept {
  using enum Reason;
  switch (reason) {
    case none:
      return true;
    case full:
    case caller_limit:
    case closed:
    case quota:
      return outcome == Outcome::rejected;
    case queue_failure:
      return outcome == Outcome::rejected || outcome == Outcome::failed ||
             outcome == Outcome::unknown;
    case disconnected:
      return outcome == Outcome::failed || outcome == Outcome::unknown;
    case reply_timeout:
    case backend_error:
    case backend_refused:
    case backend_timeout:
    case unreachable:
    case wrong_answer:
    case backend_quota:
      return outcome == Outcome::failed;
    case deadline:
      return outcome == Outcome::expired || outcome == Outcome::shed;
    case drop_oldest:
      return outcome == Outcome::shed;
    case drain_ended:
      return outcome == Outcome::unfinished || outcome == Outcome::unknown;
    case worker_died:
      return outcome == Outcome::lost || outcome == Outcome::unknown;
    case unconfirmed:
      return outcome == Outcome::unknown;
    case foreign_removal:
    case no_callback:
    case queue_restarted:
    case hand_over:
      return outcome == Outcome::lost;
  }
  return false;
}

/// The part of a run that a call's `planned_at` falls into; its sample stays there.
enum class Phase : std::uint8_t { warm_up, measure };
inline constexpr std::size_t phase_count = 2;

/// The words of results and reports.
[[nodiscard]] std::string_view to_string(Outcome outcome) noexcept;
[[nodiscard]] std::string_view to_string(Reason reason) noexcept;
[[nodiscard]] std::string_view to_string(Phase phase) noexcept;

}  // namespace queuemeter
