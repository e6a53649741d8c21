// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter {

/// Where the results of calls can be had, as a site says in the `Location` of its answers: one
/// place for each record of the run.
///
/// The records of one offerer are its thread's; `make_room` comes before the first thread starts.
class ResultPlaces {
 public:
  static constexpr std::size_t longest_place = 1024;

  /// `authority` is the site's "host:port": a place anywhere else is not asked.
  explicit ResultPlaces(std::string authority) : authority_{std::move(authority)} {}

  void make_room(std::size_t slots) { places_.resize(slots); }
  /// Remembers the place of the call in this slot; false where the text is none on this site, and
  /// then nothing is remembered.
  bool keep(std::uint32_t slot, std::string_view location);
  /// Adds it as the target of a request.
  void append(std::uint32_t slot, std::string& text) const { text.append(places_[slot]); }

 private:
  std::string authority_;
  std::vector<std::string> places_;  // by slot; they keep their memory from call to call
};

}  // namespace queuemeter
