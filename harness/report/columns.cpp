// SPDX-License-Identifier: Apache-2.0
#include "harness/report/columns.hpp"

#include <fmt/format.h>

namespace queuemeter {
namespace {

void end_line(std::string& text) {
  while (!text.empty() && text.back() == ' ') {
    text.pop_back();
  }
  text += '\n';
}

}  // namespace

void Page::paragraph(std::string_view text, std::size_t indent) {
  std::string line;
  bool begun = false;
  while (!text.empty()) {
    const std::size_t start = text.find_first_not_of(' ');
    if (start == std::string_view::npos) {
      break;
    }
    // Two blanks in a row separate thoughts and are kept inside a line.
    const std::string_view blanks = text.substr(0, start);
    const std::size_t end = std::min(text.find(' ', start), text.size());
    std::string_view word = text.substr(start, end - start);
    text.remove_prefix(end);
    if (begun && line.size() + blanks.size() + word.size() > page_width) {
      text_ += line;
      end_line(text_);
      line.assign(indent, ' ');
    } else {
      line += blanks;
    }
    // A word longer than a page (a path) is broken rather than cut.
    while (line.size() + word.size() > page_width) {
      const std::size_t fits = page_width - line.size();
      text_ += line;
      text_ += word.substr(0, fits);
      end_line(text_);
      word.remove_prefix(fits);
      line.assign(indent, ' ');
    }
    line += word;
    begun = true;
  }
  if (begun) {
    text_ += line;
    end_line(text_);
  }
}

void Page::row(std::string_view label, std::size_t label_width,
               const std::vector<std::string>& cells, std::size_t cell_width) {
  if (label.size() > label_width) {
    paragraph(label, 2);
    label = "";
  }
  std::string line = fmt::format("{:<{}}", label, label_width);
  for (const std::string& cell : cells) {
    // Every cell keeps a blank before it, so that two numbers never read as one.
    if (cell.size() + 1 > cell_width) {
      text_ += line;
      end_line(text_);
      const std::size_t before = line.size() + cell_width;
      line = fmt::format("{:>{}}", cell, before);
      continue;
    }
    line += fmt::format("{:>{}}", cell, cell_width);
  }
  text_ += line;
  end_line(text_);
}

}  // namespace queuemeter
