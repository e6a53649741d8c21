// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter {

/// Says what stands in the places of a template, at one moment. One thread.
class PlaceFiller {
 public:
  PlaceFiller() = default;
  PlaceFiller(const PlaceFiller&) = delete;
  PlaceFiller& operator=(const PlaceFiller&) = delete;
  virtual ~PlaceFiller() = default;
  /// Adds the text of a place, by its index in the names that the template was parsed with.
  virtual void fill(std::size_t place, std::string& text) const = 0;
};

/// A text with places for what differs from call to call: "/orders/{call.id}". Parsed once;
/// immutable from then on, so safe from any thread.
class TextTemplate {
 public:
  /// `places` are the names that may stand in braces. Braces around anything else are text, so
  /// that JSON needs no escapes; but "{call.…}" and "{csv.…}" that are not in `places` are errors,
  /// which name those that are. An empty name keeps its number and stands for no place.
  [[nodiscard]] static Result<TextTemplate> parse(std::string_view text,
                                                  std::span<const std::string> places);

  /// Without places: always the same text.
  [[nodiscard]] bool is_constant() const noexcept { return parts_.empty(); }
  /// Whether the place with this index occurs.
  [[nodiscard]] bool uses(std::size_t place) const noexcept;
  [[nodiscard]] bool is_empty() const noexcept { return parts_.empty() && rest_.empty(); }

  /// Adds the text with its places filled; allocates only where `out` has no room for it.
  void expand(std::string& out, const PlaceFiller& filler) const {
    for (const Part& part : parts_) {
      out.append(part.before);
      filler.fill(part.place, out);
    }
    out.append(rest_);
  }

 private:
  struct Part {
    std::string before;
    std::size_t place = 0;
  };
  std::vector<Part> parts_;
  std::string rest_;
};

}  // namespace queuemeter
