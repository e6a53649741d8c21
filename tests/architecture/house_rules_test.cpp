// SPDX-License-Identifier: Apache-2.0
// Licence tags, folder names, and marks of unfinished work, checked over the whole tree.
#include "tests/architecture/source_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter::architecture {
namespace {

bool carries_licence_tag(std::string_view path) {
  return is_cpp(path) || path.ends_with("CMakeLists.txt") || path.ends_with(".cmake") ||
         path.starts_with("tools/") || path.starts_with(".ci/");
}

/// The tag stands in the first line, or in the second where the first says who runs the script.
std::vector<std::string> licence_errors(const SourceFile& file) {
  if (!carries_licence_tag(file.path)) {
    return {};
  }
  const std::string licence = file.path.starts_with("gui/") ? "GPL-3.0-or-later" : "Apache-2.0";
  std::istringstream lines{file.text};
  std::string line;
  std::getline(lines, line);
  if (line.starts_with("#!")) {
    std::getline(lines, line);
  }
  const std::string mark = is_cpp(file.path) ? "// " : "# ";
  if (line == mark + "SPDX-License-Identifier: " + licence) {
    return {};
  }
  return {at_line(file.path, 1, "must begin with " + mark + "SPDX-License-Identifier: " + licence)};
}

/// Names that hide a missing name.
std::vector<std::string> folder_name_errors(const std::vector<std::string>& paths) {
  constexpr std::array banned{"utils", "util",    "common", "misc", "core",
                              "base",  "helpers", "helper", "lib"};
  std::vector<std::string> errors;
  for (const std::string& path : paths) {
    const std::string name = path.substr(path.find_last_of('/') + 1);
    if (std::find(banned.begin(), banned.end(), name) != banned.end()) {
      errors.push_back(path + ": a folder is named after what it holds, not '" + name + "'");
    }
  }
  return errors;
}

/// Marks of unfinished work, in code and pages. Put together here so that this file is clean.
std::vector<std::string> unfinished_errors(const SourceFile& file) {
  static const std::regex mark{std::string{"\\b(TO"} + "DO|FIX" + "ME|XX" + "X|HA" + "CK)\\b"};
  std::vector<std::string> errors;
  std::istringstream lines{file.text};
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::smatch match;
    if (std::regex_search(line, match, mark)) {
      errors.push_back(at_line(file.path, number, match.str() + ": finish it or open an issue"));
    }
  }
  return errors;
}

/// A source includes its own header first, so that the header is known to compile alone.
std::vector<std::string> own_header_errors(const SourceFile& file,
                                           const std::set<std::string>& paths) {
  if (!file.path.ends_with(".cpp")) {
    return {};
  }
  const std::string header = file.path.substr(0, file.path.size() - 3) + "hpp";
  if (!paths.contains(header)) {
    return {};
  }
  const std::string wanted = "#include \"" + header + "\"";
  const std::size_t first = file.text.find("#include");
  if (first != std::string::npos && file.text.compare(first, wanted.size(), wanted) == 0) {
    return {};
  }
  return {at_line(file.path, 1, "must include " + header + " before anything else")};
}

template <class Rule>
std::vector<std::string> errors_in_tree(const Rule& rule) {
  std::vector<std::string> errors;
  for (const SourceFile& file : source_tree()) {
    const std::vector<std::string> found = rule(file);
    errors.insert(errors.end(), found.begin(), found.end());
  }
  return errors;
}

TEST(HouseRules, EverySourceBeginsWithItsLicence) {
  const auto errors = errors_in_tree(licence_errors);

  EXPECT_TRUE(errors.empty()) << joined(errors);
}

TEST(HouseRules, AMissingOrWrongLicenceIsFound) {
  const std::string apache = "// SPDX-License-Identifier: Apache-2.0\n";
  const std::string gpl = "// SPDX-License-Identifier: GPL-3.0-or-later\n";

  EXPECT_EQ(licence_errors({"harness/call/a.hpp", "#pragma once\n"}).size(), 1u);
  EXPECT_EQ(licence_errors({"harness/call/a.hpp", gpl}).size(), 1u);
  EXPECT_EQ(licence_errors({"gui/view/a.cpp", apache}).size(), 1u);
  EXPECT_EQ(licence_errors({"harness/call/a.hpp", "\n" + apache}).size(), 1u);
  EXPECT_EQ(licence_errors({"tools/setup", "#!/bin/sh\necho\n"}).size(), 1u);
  EXPECT_TRUE(licence_errors({"harness/call/a.hpp", apache}).empty());
  EXPECT_TRUE(licence_errors({"gui/view/a.cpp", gpl}).empty());
  EXPECT_TRUE(licence_errors({"tools/setup", "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n"})
                  .empty());
}

TEST(HouseRules, EverySourceIncludesItsOwnHeaderFirst) {
  std::set<std::string> paths;
  for (const SourceFile& file : source_tree()) {
    paths.insert(file.path);
  }
  const auto errors =
      errors_in_tree([&paths](const SourceFile& file) { return own_header_errors(file, paths); });

  EXPECT_TRUE(errors.empty()) << joined(errors);
}

TEST(HouseRules, AHeaderThatIsNotIncludedFirstIsFound) {
  const std::set<std::string> paths{"harness/call/a.hpp"};
  const std::string own = "#include \"harness/call/a.hpp\"\n";

  EXPECT_EQ(own_header_errors({"harness/call/a.cpp", "#include <map>\n" + own}, paths).size(), 1u);
  EXPECT_EQ(own_header_errors({"harness/call/a.cpp", ""}, paths).size(), 1u);
  EXPECT_TRUE(own_header_errors({"harness/call/a.cpp", own + "#include <map>\n"}, paths).empty());
  EXPECT_TRUE(own_header_errors({"harness/call/b.cpp", "#include <map>\n"}, paths).empty());
}

TEST(HouseRules, FoldersAreNamedAfterWhatTheyHold) {
  const auto errors = folder_name_errors(folders(source_tree()));

  EXPECT_TRUE(errors.empty()) << joined(errors);
}

TEST(HouseRules, AFolderNamedUtilsIsFound) {
  const std::vector<SourceFile> files{{"harness/call/utils/text.hpp", ""}, {"core/a.cpp", ""}};

  EXPECT_EQ(folder_name_errors(folders(files)).size(), 2u);
  EXPECT_TRUE(folder_name_errors({"harness/call", "tests/score"}).empty());
}

TEST(HouseRules, NothingIsMarkedUnfinished) {
  const auto errors = errors_in_tree(unfinished_errors);

  EXPECT_TRUE(errors.empty()) << joined(errors);
}

TEST(HouseRules, AMarkOfUnfinishedWorkIsFound) {
  const std::string mark = std::string{"TO"} + "DO";

  EXPECT_EQ(unfinished_errors({"a.cpp", "int a;\n// " + mark + ": later\n"}),
            std::vector<std::string>{"a.cpp:2: " + mark + ": finish it or open an issue"});
  EXPECT_TRUE(unfinished_errors({"a.cpp", "const char* all = \"mastodon\";\n"}).empty());
}

}  // namespace
}  // namespace queuemeter::architecture
