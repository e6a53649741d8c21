// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/http_settings.hpp"
#include "harness/call/outcome.hpp"

#include <cstddef>
#include <string_view>

namespace queuemeter {

/// Whether an answer is the right one. Immutable; safe from any thread.
class AnswerCheck {
 public:
  /// A body is looked at as far as this; what is longer is not JSON any more.
  static constexpr std::size_t longest_body = std::size_t{1} << 20U;

  /// `expected` must outlive the check.
  explicit AnswerCheck(const HttpExpectation& expected) : expected_{expected} {}

  /// `none` for the right answer. A status of an error that is not expected is the backend's
  /// (429 a quota, 503 a full house, whoever says so), everything else a wrong answer.
  /// Allocates only where the body is to be JSON. Source: RFC 6585, section 4; RFC 9110, 15.6.4.
  [[nodiscard]] Reason reason_of(unsigned status, std::string_view body) const {
    if (!expected_.status.contains(status)) {
      return reason_of_status(status);
    }
    return !expected_.looks_at_body() || is_expected(body) ? Reason::none : Reason::wrong_answer;
  }

 private:
  [[nodiscard]] static Reason reason_of_status(unsigned status) noexcept;
  [[nodiscard]] bool is_expected(std::string_view body) const;

  const HttpExpectation& expected_;
};

}  // namespace queuemeter
