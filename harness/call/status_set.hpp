// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"

#include <bitset>
#include <string>
#include <string_view>

namespace queuemeter {

/// Which status codes of HTTP answers are good: "2xx" unless somebody says otherwise. A value.
class StatusSet {
 public:
  /// All of 200 to 299.
  StatusSet();

  /// "200", "2xx", "2xx,3xx", "200,404": codes from 200 to 599 and their hundreds.
  [[nodiscard]] static Result<StatusSet> parse(std::string_view text);

  [[nodiscard]] bool contains(unsigned status) const noexcept {
    return status < codes_.size() && codes_[status];
  }
  /// As it was written.
  [[nodiscard]] const std::string& to_text() const noexcept { return text_; }
  friend bool operator==(const StatusSet& left, const StatusSet& right) noexcept {
    return left.codes_ == right.codes_;
  }

 private:
  std::bitset<600> codes_;
  std::string text_;
};

}  // namespace queuemeter
