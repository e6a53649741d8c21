// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter::architecture {

/// One file of the tree: its path from the root, with '/', and its text.
struct SourceFile {
  std::string path;
  std::string text;
};

/// All files that people write: C++, CMake, scripts, scenarios, pages. Build folders, run folders
/// and everything hidden but `.ci` are left out. Read once; sorted by path.
[[nodiscard]] const std::vector<SourceFile>& source_tree();

/// Every folder of the tree that holds such a file, at any depth.
[[nodiscard]] std::vector<std::string> folders(const std::vector<SourceFile>& files);

/// One `#include` of a file.
struct Include {
  std::size_t line = 0;  ///< from 1
  std::string target;    ///< "harness/call/call.hpp" or "vector"
  bool quoted = false;   ///< "…" rather than <…>
};
[[nodiscard]] std::vector<Include> includes(std::string_view text);

[[nodiscard]] bool is_cpp(std::string_view path);
[[nodiscard]] bool is_header(std::string_view path);

/// "harness/run/run.hpp:12: …", the form that editors jump to.
[[nodiscard]] std::string at_line(std::string_view path, std::size_t line, std::string_view what);

/// One per line.
[[nodiscard]] std::string joined(const std::vector<std::string>& lines);

}  // namespace queuemeter::architecture
