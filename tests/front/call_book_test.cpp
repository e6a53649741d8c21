// SPDX-License-Identifier: Apache-2.0
#include "harness/front/call_book.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace queuemeter {
namespace {

using namespace std::chrono_literals;

constexpr Instant start = Instant{1h};

void finish(CallBook& book, FrontCall& call, Instant at, const std::string& answer = {}) {
  call.answer = answer;
  call.at.returned_at = at;
  book.keep(call);
}

TEST(CallBook, HoldsNoMoreUndoneCallsThanAllowed) {
  CallBook book{{.live = 2, .kept = 10, .bytes = 1000, .keep_for = 1min}};
  FrontCall* const first = book.add("a");
  EXPECT_NE(book.add("b"), nullptr);
  EXPECT_EQ(book.add("c"), nullptr);

  finish(book, *first, start);

  EXPECT_NE(book.add("c"), nullptr);
  EXPECT_EQ(book.live(), 2u);
  EXPECT_EQ(book.kept(), 1u);
}

TEST(CallBook, DropsTheOldestBeyondItsNumberAndRemembersThat) {
  CallBook book{{.live = 10, .kept = 2, .bytes = 1000, .keep_for = 1min}};
  for (const char* id : {"a", "b", "c"}) {
    finish(book, *book.add(id), start);
  }

  EXPECT_EQ(book.find("a"), nullptr);
  EXPECT_TRUE(book.was_dropped("a"));
  EXPECT_NE(book.find("c"), nullptr);
  EXPECT_FALSE(book.was_dropped("c"));
  EXPECT_FALSE(book.was_dropped("never"));
}

TEST(CallBook, DropsTheOldestBeyondItsBytes) {
  CallBook book{{.live = 10, .kept = 10, .bytes = 100, .keep_for = 1min}};
  finish(book, *book.add("a"), start, std::string(60, 'x'));
  finish(book, *book.add("b"), start, std::string(60, 'x'));

  EXPECT_EQ(book.find("a"), nullptr);
  EXPECT_NE(book.find("b"), nullptr);
}

TEST(CallBook, DropsWhatIsTooOld) {
  CallBook book{{.live = 10, .kept = 10, .bytes = 100, .keep_for = 10s}};
  finish(book, *book.add("a"), start);
  finish(book, *book.add("b"), start + 5s);

  book.drop_old(start + 11s);

  EXPECT_TRUE(book.was_dropped("a"));
  EXPECT_NE(book.find("b"), nullptr);
}

TEST(CallBook, ForgetsWhatWasDroppedLongAgo) {
  CallBook book{{.live = 10, .kept = 1, .bytes = 100, .keep_for = 10s}};
  for (const char* id : {"a", "b", "c"}) {
    finish(book, *book.add(id), start);
  }

  EXPECT_FALSE(book.was_dropped("a"));
  EXPECT_TRUE(book.was_dropped("b"));
}

TEST(CallBook, APlaceThatIsUsedAgainIsAnotherCall) {
  CallBook book{{.live = 10, .kept = 10, .bytes = 100, .keep_for = 10s}};
  FrontCall* const call = book.add("a");
  const std::uint32_t number = call->number;
  const std::uint32_t generation = call->generation;
  EXPECT_EQ(book.find(number, generation), call);

  book.remove(*call);
  EXPECT_EQ(book.find(number, generation), nullptr);
  EXPECT_EQ(book.add("b"), call);

  EXPECT_EQ(book.find(number, generation), nullptr);
  EXPECT_EQ(book.find("a"), nullptr);
}

}  // namespace
}  // namespace queuemeter
