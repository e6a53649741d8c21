// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace queuemeter {

/// Every line of `text` fits a terminal of 100 columns and is plain ASCII.
inline void expect_page(const std::string& text) {
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 100u) << line;
    EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
    for (const char letter : line) {
      EXPECT_TRUE(letter >= ' ' && letter <= '~') << line;
    }
  }
  EXPECT_TRUE(text.ends_with('\n'));
}

/// Compares with tests/report/golden/`name`. Where a change is wanted, a run with
/// QUEUEMETER_WRITE_GOLDEN=1 writes the file anew, and the change is reviewed as a diff.
inline void expect_golden(const std::string& name, const std::string& text) {
  expect_page(text);
  const std::string path = std::string{QUEUEMETER_SOURCE_DIR} + "/tests/report/golden/" + name;
  if (std::getenv("QUEUEMETER_WRITE_GOLDEN") != nullptr) {
    std::ofstream{path} << text;
    return;
  }
  std::ostringstream golden;
  golden << std::ifstream{path}.rdbuf();
  EXPECT_EQ(text, golden.str()) << path;
}

}  // namespace queuemeter
