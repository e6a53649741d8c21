// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/output_folder.hpp"

#include "harness/record/run_folder.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <system_error>
#include <unistd.h>

namespace queuemeter::cli {

namespace {

namespace fs = std::filesystem;

/// What a run or a study leaves behind.
constexpr std::array marks{"result.json", "ticks.jsonl", "study.json", "1"};

Result<std::string> open_wanted(const std::string& wanted) {
  const fs::path path{wanted};
  std::error_code error;
  if (wanted.empty()) {
    return Error::usage("--out: needs the name of a folder, such as --out results/today");
  }
  fs::create_directory(path, error);
  if (error) {
    return Error::usage(fmt::format("{}: cannot be made ({}); choose another --out folder", wanted,
                                    error.message()));
  }
  if (!fs::is_directory(path, error)) {
    return Error::usage(fmt::format("{}: is not a folder; choose another --out folder", wanted));
  }
  if (access(path.c_str(), W_OK | X_OK) != 0) {
    return Error::usage(fmt::format("{}: cannot be written; choose another --out folder", wanted));
  }
  for (const char* mark : marks) {
    if (fs::exists(path / mark, error)) {
      return Error::usage(
          fmt::format("{}: holds a run already ({}); choose another --out folder", wanted, mark));
    }
  }
  return wanted;
}

}  // namespace

Result<std::string> open_output_folder(const std::optional<std::string>& wanted) {
  if (wanted) {
    return open_wanted(*wanted);
  }
  auto numbered = make_numbered_folder();
  if (numbered.has_error()) {
    return Error::usage(numbered.error().what);
  }
  return numbered;
}

void remove_if_empty(const std::string& folder) noexcept {
  std::error_code ignored;  // not empty, or gone: both are fine
  fs::remove(folder, ignored);
  if (const fs::path parent = fs::path{folder}.parent_path(); parent == default_runs_folder) {
    fs::remove(parent, ignored);
  }
}

}  // namespace queuemeter::cli
