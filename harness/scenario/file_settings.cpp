// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/file_settings.hpp"

#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <variant>

namespace queuemeter {
namespace {

namespace fs = std::filesystem;

/// What stands around the name of a file.
struct Frame {
  std::string_view before;
  std::string_view after;
};
constexpr std::array frames{Frame{"replay:", ""}, Frame{"empirical(", ")"}};

std::string current_folder() {
  std::error_code ignored;
  return fs::current_path(ignored).string();
}

void anchor_text(std::string& text, const std::string& folder) {
  for (const auto& [before, after] : frames) {
    const std::string_view whole = text;
    if (whole.size() > before.size() + after.size() && whole.starts_with(before) &&
        whole.ends_with(after)) {
      const std::string_view name =
          whole.substr(before.size(), whole.size() - before.size() - after.size());
      if (name.find('\0') == std::string_view::npos && fs::path{name}.is_relative()) {
        const fs::path anchored = (fs::path{folder} / name).lexically_normal();
        text = std::string{before}.append(anchored.string()).append(after);
        return;
      }
    }
  }
}

}  // namespace

void anchor_files(TomlValue& root, const std::string& folder) {
  if (auto* const text = std::get_if<std::string>(&root.content)) {
    const std::string base = root.line == 0 ? current_folder() : folder;
    if (!base.empty()) {
      anchor_text(*text, base);
    }
  } else if (auto* const list = std::get_if<TomlValue::List>(&root.content)) {
    for (TomlValue& entry : *list) {
      anchor_files(entry, folder);
    }
  } else if (auto* const table = std::get_if<TomlValue::Table>(&root.content)) {
    for (TomlValue::Entry& entry : *table) {
      if (entry.key != "options") {
        anchor_files(entry.value, folder);
      }
    }
  }
}

std::string folder_of_scenario(const std::string& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) {
    return current_folder();
  }
  return fs::absolute(path, ignored).parent_path().string();
}

}  // namespace queuemeter
