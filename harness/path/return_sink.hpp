// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_record.hpp"
#include "harness/call/instant.hpp"
#include "harness/call/outcome.hpp"

#include <cstdint>

namespace queuemeter {

/// What a worker hands back when it is done with a delivery: how it went, by value. Workers never
/// write to the record of a call, so that a delivery too many cannot spoil it.
struct Returned {
  enum class Kind : std::uint8_t {
    reply,  ///< the end of one delivery
    note    ///< nothing but the side counts, of a delivery that ends another way
  };
  CallHandle call = {};  ///< as the queue delivered it; its record may hold another call by now
  Instant taken_at = unobserved;
  Instant called_at = unobserved;  ///< of the first attempt
  Instant replied_at = unobserved;
  Instant at = unobserved;  ///< when the worker was done with it; of a note: planned_at
  Outcome outcome = Outcome::completed;
  Reason reason = Reason::none;
  Kind kind = Kind::reply;
  /// The worker claimed the record: it is free only when this has been settled.
  bool holds_record = false;
  bool reordered = false;     ///< it was taken after a later call of the same producer and priority
  std::uint16_t retries = 0;  ///< attempts after the first
  std::uint16_t class_index = 0;  ///< of the call; 0 when the record is not held
};

/// Receives what workers are done with. Never waits.
class ReturnSink {
 public:
  ReturnSink() = default;
  ReturnSink(const ReturnSink&) = delete;
  ReturnSink& operator=(const ReturnSink&) = delete;
  virtual ~ReturnSink() = default;
  /// False when there is no room now: the worker keeps what it has and offers it again a little
  /// later, as long as the run lasts. There is always room for what never became a reply (expired,
  /// unfinished).
  [[nodiscard]] virtual bool returned(const Returned& what) noexcept = 0;
};

}  // namespace queuemeter
