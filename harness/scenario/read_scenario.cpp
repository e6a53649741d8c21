// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/read_scenario.hpp"

#include "harness/call/in_quotes.hpp"
#include "harness/call/url_password.hpp"
#include "harness/scenario/combinations.hpp"
#include "harness/scenario/file_settings.hpp"
#include "harness/scenario/known_keys.hpp"
#include "harness/scenario/matrix.hpp"
#include "harness/scenario/read_tables.hpp"
#include "harness/scenario/table_reader.hpp"
#include "harness/scenario/toml_value.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace queuemeter {
namespace {

constexpr std::size_t largest_file = 1U << 20U;

ScenarioReading refused(const std::string& file, std::size_t line, std::string what) {
  ScenarioReading reading;
  reading.errors.push_back({file, line, "", std::move(what)});
  return reading;
}

ScenarioReading refused_as_too_large(const std::string& file) {
  return refused(file, 0, "is larger than 1 MiB; a scenario is a page of TOML");
}

void apply_overrides(TomlValue& root, const std::vector<Override>& overrides, ErrorList& errors) {
  for (const auto& [key, text] : overrides) {
    if (!set_value(root, key, parse_override_value(text))) {
      errors.add(0, key,
                 fmt::format("cannot be set from outside; did you mean {}?", nearest_key(key)));
    }
  }
}

/// What the system calls the reason: "No such file or directory".
std::string reason_of(int number) { return std::generic_category().message(number); }

/// `folder` is where files that the text names are looked for.
ScenarioReading read_text(std::string_view toml, const std::string& file,
                          const std::vector<Override>& overrides, const std::string& folder) {
  if (toml.size() > largest_file) {
    return refused_as_too_large(file);
  }
  TomlReading document = parse_toml(toml);
  if (const auto* const fault = std::get_if<TomlFault>(&document)) {
    return refused(file, fault->line, fault->what);
  }
  auto& root = std::get<TomlValue>(document);
  ErrorList errors{file};
  apply_overrides(root, overrides, errors);
  ScenarioReading reading;
  for (Combination& combination : expand_matrix(root, overrides, errors)) {
    anchor_files(combination.root, folder);
    check_keys(combination.root, errors);
    Scenario scenario = read_tables(combination.root, errors);
    check_combinations(scenario, combination.root, errors);
    reading.scenarios.push_back(std::move(scenario));
    reading.labels.push_back(std::move(combination.label));
  }
  if (reading.scenarios.empty()) {  // the matrix is wrong; say what else is
    check_keys(root, errors);
    static_cast<void>(read_tables(root, errors));
  }
  reading.errors = errors.take();
  if (!reading.ok()) {
    reading.scenarios.clear();
    reading.labels.clear();
  }
  return reading;
}

}  // namespace

std::string ScenarioError::sentence() const {
  std::string place = file;
  if (line > 0) {
    place += fmt::format(":{}", line);
  }
  if (!key.empty()) {
    // A key of the command line is its own place: "--set run.mesure: …".
    place += fmt::format("{} {}", line > 0 ? ":" : "", one_line(without_password(key)));
  }
  return fmt::format("{}: {}", place, what);
}

ScenarioReading read_scenario(std::string_view toml, const std::string& file,
                              const std::vector<Override>& overrides) {
  return read_text(toml, file, overrides, "");
}

ScenarioReading read_scenario_file(const std::string& path,
                                   const std::vector<Override>& overrides) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return refused(path, 0, "is a folder, not a scenario; name a file in it");
  }
  errno = 0;
  std::ifstream stream{path, std::ios::binary};
  if (!stream) {
    return refused(
        path, 0,
        fmt::format("cannot be read ({}); check its name and its permissions", reason_of(errno)));
  }
  // One byte more than allowed tells a file that is too large, also where it has no size (a pipe).
  std::string text(largest_file + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) {
    return refused(path, 0, fmt::format("could not be read to its end ({})", reason_of(errno)));
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return read_text(text, path, overrides, folder_of_scenario(path));
}

}  // namespace queuemeter
