// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/output_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace queuemeter::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// Works in a folder of its own, which is gone afterwards.
class OutputFolder : public testing::Test {
 protected:
  OutputFolder() : before_{fs::current_path()} {
    std::string name = (fs::temp_directory_path() / "output_folder_XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    here_ = name;
    fs::current_path(here_);
  }
  ~OutputFolder() override {
    fs::current_path(before_);
    fs::remove_all(here_);
  }

  static std::string refusal(const std::string& wanted) {
    const auto folder = open_output_folder(wanted);
    EXPECT_TRUE(folder.has_error());
    if (folder.has_value()) {
      return "";
    }
    EXPECT_EQ(folder.error().kind, Error::Kind::usage);
    return folder.error().what;
  }

 private:
  fs::path before_;
  fs::path here_;
};

TEST_F(OutputFolder, IsMadeWhereWanted) {
  EXPECT_EQ(open_output_folder("out").value(), "out");

  EXPECT_TRUE(fs::is_directory("out"));
}

TEST_F(OutputFolder, IsNumberedWhenNobodyNamesOne) {
  const std::string first = open_output_folder(std::nullopt).value();
  const std::string second = open_output_folder(std::nullopt).value();

  EXPECT_THAT(first, testing::StartsWith("queuemeter-runs/"));
  EXPECT_NE(first, second);
  EXPECT_TRUE(fs::is_directory(second));
}

TEST_F(OutputFolder, AnExistingEmptyOneIsTaken) {
  fs::create_directory("out");

  EXPECT_TRUE(open_output_folder("out").has_value());
}

TEST_F(OutputFolder, OneThatHoldsARunIsRefused) {
  fs::create_directory("out");
  std::ofstream{"out/result.json"} << "{}";

  EXPECT_THAT(refusal("out"), HasSubstr("holds a run already"));
}

TEST_F(OutputFolder, OneThatCannotBeMadeIsRefused) {
  std::ofstream{"file"} << "x";

  EXPECT_THAT(refusal("file/out"), HasSubstr("file/out"));
  EXPECT_THAT(refusal("file"), HasSubstr("choose another --out folder"));
  EXPECT_THAT(refusal("missing/out"), HasSubstr("missing/out"));
  EXPECT_THAT(refusal(""), HasSubstr("--out"));
}

TEST_F(OutputFolder, WhereRunsCannotBeNumberedIsAUsageError) {
  std::ofstream{"queuemeter-runs"} << "not a folder";

  const auto folder = open_output_folder(std::nullopt);

  ASSERT_TRUE(folder.has_error());
  EXPECT_EQ(folder.error().kind, Error::Kind::usage);
}

TEST_F(OutputFolder, AnEmptyOneIsTakenBackAndAFullOneIsNot) {
  const std::string empty = open_output_folder(std::nullopt).value();
  remove_if_empty(empty);
  EXPECT_FALSE(fs::exists("queuemeter-runs"));

  const std::string full = open_output_folder("full").value();
  std::ofstream{"full/result.json"} << "{}";
  remove_if_empty(full);
  EXPECT_TRUE(fs::exists("full/result.json"));
}

}  // namespace
}  // namespace queuemeter::cli
