// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/service_fate.hpp"
#include "harness/backend/service_model.hpp"
#include "harness/backend/sliding_window.hpp"
#include "harness/call/instant.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace queuemeter {

/// What a request says of its call, in header fields of ours; empty where it says nothing.
struct CallLabels {
  std::string_view sequence;     ///< X-Queuemeter-Sequence
  std::string_view draw;         ///< X-Queuemeter-Draw, where the draws have another key
  std::string_view class_index;  ///< X-Queuemeter-Class
};

/// What both of our backend servers do with a request before they work on it: the rate limit, and
/// the draw of what becomes of it. Thread-safe.
class Reception {
 public:
  explicit Reception(const ServiceModel& model);

  /// Lets a request through the rate limit (0), or says how long to wait for one.
  [[nodiscard]] Duration wait_of_quota(Instant now);
  /// Requests that the rate limit did not let through.
  [[nodiscard]] std::uint64_t limited() const noexcept {
    return limited_.load(std::memory_order_relaxed);
  }
  /// Draws are keyed by what the call brings along; a call of somebody else's has a number of ours.
  [[nodiscard]] ServiceFate fate_of(const CallLabels& labels);

 private:
  const ServiceModel model_;
  std::mutex mutex_;                    // guards quota_
  std::optional<SlidingWindow> quota_;  // nothing where the rate is not limited
  std::atomic<std::uint64_t> limited_{0};
  std::atomic<std::uint64_t> unnumbered_{0};  // calls without a sequence of their own
};

/// What Retry-After says of a wait: whole seconds, at least one.
[[nodiscard]] std::string retry_after(Duration wait);

/// The body of a good answer: "ok" and a line's end, over and over, cut to so many bytes.
[[nodiscard]] std::string answer_body(std::size_t bytes);

inline constexpr std::string_view limited_text = "more calls than the rate limit lets through\n";
inline constexpr std::string_view full_text = "all slots are busy and the waiting room is full\n";
inline constexpr std::string_view stopping_text = "this server is stopping\n";
inline constexpr std::string_view error_text = "an error on purpose\n";

}  // namespace queuemeter
