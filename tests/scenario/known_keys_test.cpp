// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/known_keys.hpp"

#include "tests/scenario/reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

namespace queuemeter {
namespace {

using testing::HasSubstr;

/// A document in which `key` has `value`, inside the list of tables where it belongs to one.
std::string document_with(const KnownKey& row, const std::string& value) {
  for (const std::string_view list : {"traffic.stages", "traffic.class", "fault"}) {
    if (row.key.starts_with(list) && row.key.size() > list.size() && row.key[list.size()] == '.') {
      std::ostringstream text;
      text << "[[" << list << "]]\n" << row.key.substr(list.size() + 1) << " = " << value;
      return text.str();
    }
  }
  return std::string{row.key} + " = " + value;
}

TEST(KnownKeys, AreAllRead) {
  for (const KnownKey& row : known_keys()) {
    // No key takes a date, so a key that nobody reads is one that does not complain.
    const auto errors = read_scenario(document_with(row, "2024-01-01"), "test.toml").errors;
    EXPECT_TRUE(std::any_of(errors.begin(), errors.end(), [&](const ScenarioError& error) {
      return error.key == row.key &&
             (!row.instead.empty() ? error.what.find("is not built yet; use ")
                                   : error.what.find("a date")) != std::string::npos;
    })) << row.key;
  }
}

TEST(KnownKeys, DeclareTheDefaultsThatAnEmptyScenarioHas) {
  const std::string defaults = to_toml(read_one(""));
  EXPECT_EQ(defaults, to_toml(Scenario{}));
  for (const KnownKey& row : known_keys()) {
    if (!row.fallback.empty()) {
      const std::string value{row.fallback};
      EXPECT_EQ(to_toml(read_one(document_with(row, value))), defaults) << row.key;
      const std::size_t table = row.key.find('.');
      const std::string line = "\n" + std::string{row.key.substr(table + 1)} + " = " + value + "\n";
      EXPECT_THAT(defaults, HasSubstr(line));
    }
  }
}

TEST(KnownKeys, StandInTheTableOnce) {
  std::set<std::string_view> seen;
  for (const KnownKey& row : known_keys()) {
    EXPECT_TRUE(seen.insert(row.key).second) << row.key;
    EXPECT_FALSE(row.help.empty()) << row.key;
    EXPECT_EQ(find_known_key(row.key), &row);
    EXPECT_FALSE(to_string(row.type).empty());
    EXPECT_FALSE(wanted(row.type).empty());
  }
  EXPECT_EQ(find_known_key("run"), nullptr);
  EXPECT_EQ(find_known_key(""), nullptr);
}

TEST(KnownKeys, KnowTheirTables) {
  EXPECT_TRUE(is_table_of_keys("run"));
  EXPECT_TRUE(is_table_of_keys("backend.timeouts"));
  EXPECT_TRUE(is_table_of_keys("traffic.stages"));
  EXPECT_FALSE(is_table_of_keys("run.seed"));
  EXPECT_FALSE(is_table_of_keys("ru"));
  EXPECT_FALSE(is_table_of_keys("objectives"));
  EXPECT_FALSE(is_table_of_keys("traffic.class.objectives"));
  EXPECT_TRUE(is_table_of_keys("workers.recycle"));
  EXPECT_TRUE(is_list_of_tables("traffic.class"));
  EXPECT_FALSE(is_list_of_tables("workers.retry"));
}

TEST(NearestKey, IsTheMisspeltKeyOrTheSameNameElsewhere) {
  EXPECT_EQ(nearest_key("run.mesure"), "run.measure");
  EXPECT_EQ(nearest_key("trafic"), "traffic");
  EXPECT_EQ(nearest_key("rate"), "traffic.rate");
  EXPECT_EQ(nearest_key("queue.workers"), "workers");
  EXPECT_EQ(nearest_key("backend.timeout"), "backend.timeouts");
  EXPECT_EQ(nearest_key("backend.timeouts.conect"), "backend.timeouts.connect");
  EXPECT_EQ(nearest_key("objective"), "objectives");
}

/// The row of the reference page.
std::string reference_row(const KnownKey& row) {
  const auto code = [](std::string_view text) {
    return text.empty() ? std::string{"-"} : "`" + std::string{text} + "`";
  };
  return "| " + code(row.key) + " | " + std::string{to_string(row.type)} + " | " +
         code(row.fallback) + " | " + (row.values.empty() ? "-" : std::string{row.values}) + " | " +
         std::string{row.help} + " |";
}

TEST(KnownKeys, StandOnTheReferencePage) {
  const std::string page =
      read_text_file(std::string{QUEUEMETER_SOURCE_DIR} + "/docs/reference/scenario.md");
  for (const KnownKey& row : known_keys()) {
    if (row.instead.empty()) {
      EXPECT_THAT(page, HasSubstr(reference_row(row) + "\n"));
    } else {
      EXPECT_THAT(page, HasSubstr("| `" + std::string{row.key} + "` | `" +
                                  std::string{row.instead} + "` |\n"));
    }
  }
  for (const UnbuiltWord& row : unbuilt_words()) {
    EXPECT_THAT(page, HasSubstr("| `" + std::string{row.key} + "` = `" + std::string{row.word} +
                                "` | `" + std::string{row.instead} + "` |\n"));
  }
}

}  // namespace
}  // namespace queuemeter
