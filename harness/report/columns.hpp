// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Private to this folder: text in columns, for a terminal of 100 columns.
namespace queuemeter {

inline constexpr std::size_t page_width = 100;

/// A page of text that is written from top to bottom. One thread.
class Page {
 public:
  /// Words, broken into lines of at most `page_width`; further lines are indented by `indent`.
  void paragraph(std::string_view text, std::size_t indent = 0);
  /// A label and right-aligned cells of the given widths. A label or cell that is too long for its
  /// place moves what follows onto a line of its own rather than being cut.
  void row(std::string_view label, std::size_t label_width, const std::vector<std::string>& cells,
           std::size_t cell_width);
  /// Lines that are formatted already.
  void verbatim(std::string_view lines) { text_ += lines; }
  void blank() { text_ += '\n'; }

  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

}  // namespace queuemeter
