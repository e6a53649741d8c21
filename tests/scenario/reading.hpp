// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/scenario/read_scenario.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter {

/// The only scenario of a text that must be right.
inline Scenario read_one(std::string_view toml, const std::vector<Override>& overrides = {}) {
  const ScenarioReading reading = read_scenario(toml, "test.toml", overrides);
  for (const ScenarioError& error : reading.errors) {
    ADD_FAILURE() << error.sentence();
  }
  return reading.scenarios.size() == 1 ? reading.scenarios.front() : Scenario{};
}

/// The sentences of a text that is wrong.
inline std::vector<std::string> sentences(std::string_view toml,
                                          const std::vector<Override>& overrides = {}) {
  std::vector<std::string> all;
  for (const ScenarioError& error : read_scenario(toml, "test.toml", overrides).errors) {
    all.push_back(error.sentence());
  }
  return all;
}

inline std::string read_text_file(const std::string& path) {
  std::ifstream stream{path, std::ios::binary};
  EXPECT_TRUE(stream.is_open()) << path;
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace queuemeter
