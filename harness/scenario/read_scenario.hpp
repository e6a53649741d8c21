// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "harness/scenario/scenario.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace queuemeter {

/// One thing wrong with a scenario: "drain.toml:4: run.mesure: unknown key; did you mean measure?"
struct ScenarioError {
  std::string file;
  std::size_t line = 0;  ///< 0 for a `--set` from the command line
  std::string key;
  std::string what;

  [[nodiscard]] std::string sentence() const;
};

/// `--set run.measure=5s`: a key with dots and its value. A value is read as TOML when it is TOML
/// (numbers, true, lists, quoted text) and as text otherwise.
using Override = std::pair<std::string, std::string>;

/// A scenario file read: either scenarios (more than one when it has a [matrix]), or every error
/// in it at once.
struct ScenarioReading {
  std::vector<Scenario> scenarios;  ///< one, or every combination of the matrix
  std::vector<std::string> labels;  ///< of each: "" or "path.kind=direct queue.bound=100"
  std::vector<ScenarioError> errors;

  [[nodiscard]] bool ok() const noexcept { return errors.empty(); }
};

/// Reads TOML text; `file` only names it in errors. Overrides win over the file. Combinations that
/// cannot be measured (path × reply × workers × traffic × backend) are errors that name the nearest
/// possible one. That a replay file exists is not checked here.
[[nodiscard]] ScenarioReading read_scenario(std::string_view toml, const std::string& file,
                                            const std::vector<Override>& overrides = {});

/// The same from a file; an unreadable, binary or larger than 1 MiB file is one error. The files
/// that it names are below its folder, and absolute in what comes back.
[[nodiscard]] ScenarioReading read_scenario_file(const std::string& path,
                                                 const std::vector<Override>& overrides = {});

}  // namespace queuemeter
