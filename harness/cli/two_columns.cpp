// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/two_columns.hpp"

namespace queuemeter::cli {

std::string two_columns(std::string_view label, std::size_t margin, std::string_view text) {
  std::string out{label};
  if (label.size() >= margin) {
    out += '\n';
  } else {
    out.append(margin - label.size(), ' ');
  }
  std::size_t column = label.size() >= margin ? 0 : margin;
  while (!text.empty()) {
    const std::size_t end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    if (column > margin && column + 1 + word.size() > widest_line) {
      out += '\n';
      column = 0;
    }
    if (column < margin) {
      out.append(margin - column, ' ');
      column = margin;
    } else if (column > margin) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return out + '\n';
}

}  // namespace queuemeter::cli
