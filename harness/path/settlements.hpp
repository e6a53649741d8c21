// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_record.hpp"
#include "harness/path/settlement.hpp"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace queuemeter {

/// What one engine thread settles with: a `Settlement` for each class of calls, so that a class has
/// an account and histograms of its own, and the run's are their sum.
///
/// One thread, except for what `Settlement` says.
class Settlements {
 public:
  /// At least one.
  explicit Settlements(std::vector<std::unique_ptr<Settlement>> by_class)
      : by_class_{std::move(by_class)} {}

  [[nodiscard]] Settlement& of(std::uint16_t class_index) noexcept {
    return *by_class_[class_index];
  }
  [[nodiscard]] Settlement& of(const CallRecord& record) noexcept {
    return of(record.call.class_index);
  }
  [[nodiscard]] std::size_t size() const noexcept { return by_class_.size(); }

 private:
  std::vector<std::unique_ptr<Settlement>> by_class_;
};

}  // namespace queuemeter
