// SPDX-License-Identifier: Apache-2.0
// Abilities of later versions: known, refused, and answered with what is possible today.
#include "harness/scenario/known_keys.hpp"
#include "tests/scenario/reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace queuemeter {
namespace {

using testing::Contains;
using testing::HasSubstr;

std::string table_of(std::string_view key) { return std::string{key.substr(0, key.find('.'))}; }
std::string name_of(std::string_view key) { return std::string{key.substr(key.find('.') + 1)}; }

/// `instead` in the table of `key`, with what else its table needs.
std::string document_with(std::string_view key, std::string_view instead) {
  const std::string table = table_of(key);
  if (table == "fault") {
    return "[[fault]]\nat = \"1s\"\nfor = \"1s\"\n" +
           std::string{instead.starts_with("what") ? "who = \"backend\"\n"
                                                   : "what = \"freeze\"\n"} +
           std::string{instead};
  }
  return "[" + table + "]\n" + std::string{instead} +
         (key == "backend.url" ? "\nkind = \"http\"" : "");
}

TEST(NotBuilt, WordsAreRefusedAndTheirReplacementIsAccepted) {
  for (const UnbuiltWord& row : unbuilt_words()) {
    std::string word{row.word};
    if (word.ends_with('*')) {
      word.replace(word.size() - 1, 1, ":later");
    }
    const std::string value = name_of(row.key) + " = \"" + word + "\"";
    EXPECT_THAT(sentences(document_with(row.key, value)),
                Contains(HasSubstr(std::string{row.key} + ": \"" + word +
                                   "\" is not built yet; use " + std::string{row.instead})));
    EXPECT_THAT(sentences(document_with(row.key, row.instead)), testing::IsEmpty()) << row.instead;
  }
}

TEST(NotBuilt, KeysOfWhichOnlyTheDefaultIsBuilt) {
  EXPECT_THAT(sentences("queue.durable = true"),
              testing::ElementsAre(testing::AllOf(HasSubstr("queue.durable"),
                                                  HasSubstr("\"true\" is not built yet"))));
  EXPECT_THAT(sentences("queue.durable = false"), testing::IsEmpty());
}

}  // namespace
}  // namespace queuemeter
