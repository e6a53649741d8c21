// SPDX-License-Identifier: Apache-2.0
#include "tests/architecture/source_tree.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace queuemeter::architecture {

namespace {

namespace fs = std::filesystem;

constexpr std::array written_endings{".hpp",  ".cpp", ".h",  ".c",  ".txt", ".cmake",
                                     ".toml", ".md",  ".sh", ".py", ".json"};
constexpr std::array skipped_folders{"build", "queuemeter-runs", "results"};
constexpr std::array script_folders{"tools", ".ci"};

template <class Names>
bool is_one_of(std::string_view name, const Names& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_walked(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return !is_one_of(name, skipped_folders) && (name.front() != '.' || name == ".ci");
}

bool is_written(const fs::path& file) {
  return is_one_of(file.extension().string(), written_endings) ||
         (is_one_of(file.parent_path().filename().string(), script_folders) &&
          file.extension().empty());
}

std::vector<SourceFile> read_tree(const fs::path& root) {
  std::vector<SourceFile> files;
  for (fs::recursive_directory_iterator entry{root}, end; entry != end; ++entry) {
    if (entry->is_directory()) {
      if (!is_walked(entry->path())) {
        entry.disable_recursion_pending();
      }
    } else if (entry->is_regular_file() && is_written(entry->path())) {
      std::ostringstream text;
      text << std::ifstream{entry->path(), std::ios::binary}.rdbuf();
      files.push_back({entry->path().lexically_relative(root).generic_string(), text.str()});
    }
  }
  std::sort(files.begin(), files.end(),
            [](const SourceFile& left, const SourceFile& right) { return left.path < right.path; });
  return files;
}

}  // namespace

const std::vector<SourceFile>& source_tree() {
  static const std::vector<SourceFile> files = read_tree(QUEUEMETER_SOURCE_DIR);
  return files;
}

std::vector<std::string> folders(const std::vector<SourceFile>& files) {
  std::set<std::string> found;
  for (const SourceFile& file : files) {
    for (fs::path folder = fs::path{file.path}.parent_path(); !folder.empty();
         folder = folder.parent_path()) {
      found.insert(folder.generic_string());
    }
  }
  return {found.begin(), found.end()};
}

std::vector<Include> includes(std::string_view text) {
  static const std::regex directive{R"(^\s*#\s*include\s*(["<])([^">]+)[">])"};
  std::vector<Include> found;
  std::istringstream lines{std::string{text}};
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::smatch match;
    if (std::regex_search(line, match, directive)) {
      found.push_back({number, match[2].str(), match[1].str() == "\""});
    }
  }
  return found;
}

bool is_header(std::string_view path) { return path.ends_with(".hpp") || path.ends_with(".h"); }

bool is_cpp(std::string_view path) {
  return is_header(path) || path.ends_with(".cpp") || path.ends_with(".c");
}

std::string at_line(std::string_view path, std::size_t line, std::string_view what) {
  return std::string{path} + ":" + std::to_string(line) + ": " + std::string{what};
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    text += line + "\n";
  }
  return text;
}

}  // namespace queuemeter::architecture
