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

/// Tables whose texts belong to a queue, to a server, or to its answers.
bool is_of_somebody_else(std::string_view key) {
  return key == "options" || key == "headers" || key == "expect";
}

/// traffic.data, tls.ca, and a body that is "@FILE".
bool names_a_file(const TomlValue::Entry& entry) {
  const std::string* const text = entry.value.text();
  return text != nullptr && (entry.key == "data" || entry.key == "ca" ||
                             (entry.key == "body" && text->starts_with('@')));
}

void anchor_name(TomlValue& value, const std::string& folder) {
  auto& text = std::get<std::string>(value.content);
  const std::string base = value.line == 0 ? current_folder() : folder;
  const std::string mark = text.starts_with('@') ? "@" : "";
  const std::string name = text.substr(mark.size());
  if (!base.empty() && name.find('\0') == std::string::npos && fs::path{name}.is_relative()) {
    text = mark + (fs::path{base} / name).lexically_normal().string();
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
      if (names_a_file(entry)) {
        anchor_name(entry.value, folder);
      } else if (!is_of_somebody_else(entry.key)) {
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
