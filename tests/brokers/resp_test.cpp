// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/brokers/resp.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter::queues {
namespace {

/// An element with its text copied, so that it can be compared later.
struct Seen {
  RespItem::Kind kind;
  std::int64_t number;
  std::string text;
  friend bool operator==(const Seen&, const Seen&) = default;
};

struct Read {
  std::vector<Seen> items;
  bool malformed = false;
};

void feed(RespReader& reader, std::string_view bytes) {
  while (!bytes.empty()) {
    const std::span<char> space = reader.space();
    const std::size_t count = std::min(space.size(), bytes.size());
    std::copy_n(bytes.begin(), count, space.begin());
    reader.received(count);
    bytes.remove_prefix(count);
  }
}

void read_on(RespReader& reader, Read& into) {
  RespItem item;
  RespReader::Status status = reader.next(item);
  for (; status == RespReader::Status::item; status = reader.next(item)) {
    into.items.push_back({item.kind, item.number, std::string{item.text}});
  }
  into.malformed = status == RespReader::Status::malformed;
}

/// Reads the stream cut into the given pieces.
Read read_pieces(const std::vector<std::string_view>& pieces, RespLimits limits = {}) {
  RespReader reader{limits};
  Read read;
  for (const std::string_view piece : pieces) {
    feed(reader, piece);
    read_on(reader, read);
  }
  return read;
}

const std::string everything =
    "+OK\r\n-ERR "
    "no\r\n:42\r\n:-7\r\n:0\r\n$5\r\nhe\r\no\r\n$0\r\n\r\n$-1\r\n*2\r\n$1\r\na\r\n:1\r\n"
    "*0\r\n*-1\r\n+\r\n:9223372036854775807\r\n:-9223372036854775808\r\n";

TEST(RespReader, ReadsEveryKindOfElement) {
  using enum RespItem::Kind;
  const Read read = read_pieces({everything});

  const std::vector<Seen> expected{{simple, 0, "OK"},
                                   {error, 0, "ERR no"},
                                   {integer, 42, ""},
                                   {integer, -7, ""},
                                   {integer, 0, ""},
                                   {bulk, 0, "he\r\no"},
                                   {bulk, 0, ""},
                                   {nil, 0, ""},
                                   {array, 2, ""},
                                   {bulk, 0, "a"},
                                   {integer, 1, ""},
                                   {array, 0, ""},
                                   {nil, 0, ""},
                                   {simple, 0, ""},
                                   {integer, INT64_MAX, ""},
                                   {integer, INT64_MIN, ""}};
  EXPECT_TRUE(read.items == expected);
  EXPECT_FALSE(read.malformed);
}

TEST(RespReader, ReadsTheSameWhereverTheStreamIsCut) {
  const Read whole = read_pieces({everything});
  const std::string_view text = everything;

  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      const Read cut = read_pieces(
          {text.substr(0, first), text.substr(first, second - first), text.substr(second)});
      ASSERT_TRUE(cut.items == whole.items) << "cut at " << first << " and " << second;
      ASSERT_FALSE(cut.malformed);
    }
  }
  std::vector<std::string_view> bytes;
  for (std::size_t at = 0; at < text.size(); ++at) {
    bytes.push_back(text.substr(at, 1));
  }
  EXPECT_TRUE(read_pieces(bytes).items == whole.items);
}

TEST(RespReader, RefusesWhatRespDoesNotSay) {
  for (const char* const wrong :
       {"hello\r\n", "\r\n", "\n", ":\r\n", ":+1\r\n", ":01\r\n", ":-0\r\n", ":1 \r\n", ":1\n",
        ":9223372036854775808\r\n", "$-2\r\n", "$x\r\n", "*-2\r\n", "$1\r\nab\r\n", "$1\r\na\n\r\n",
        "+a\rb\r\n", "%1\r\n", "$00\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n"}) {
    const Read read = read_pieces({wrong});
    EXPECT_TRUE(read.malformed) << wrong;
    EXPECT_TRUE(read.items.empty()) << wrong;
  }
}

TEST(RespReader, StaysMalformedUntilItIsReset) {
  RespReader reader;
  Read read;
  feed(reader, "?\r\n+OK\r\n");
  read_on(reader, read);
  read_on(reader, read);
  EXPECT_TRUE(read.malformed);

  reader.reset();
  feed(reader, "+OK\r\n");
  read_on(reader, read);

  EXPECT_FALSE(read.malformed);
  EXPECT_EQ(read.items.size(), 1U);
}

TEST(RespReader, HasLimitsForLinesBulksAndArrays) {
  const RespLimits limits{.line_bytes = 16, .bulk_bytes = 100, .array_elements = 3};

  EXPECT_TRUE(read_pieces({"$101\r\n"}, limits).malformed) << "before the bytes come";
  EXPECT_FALSE(read_pieces({"$100\r\n"}, limits).malformed);
  EXPECT_TRUE(read_pieces({"*4\r\n"}, limits).malformed);
  EXPECT_TRUE(read_pieces({std::string(100, '+')}, limits).malformed) << "a line without an end";
  EXPECT_TRUE(read_pieces({"+" + std::string(50, 'a') + "\r\n"}, limits).malformed);
}

TEST(RespReader, SurvivesMutationsOfAnything) {
  std::mt19937 random{7};
  const RespLimits limits{.line_bytes = 64, .bulk_bytes = 1000, .array_elements = 100};
  std::size_t malformed = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = everything;
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    const std::string_view view = text;
    const std::size_t cut = random() % view.size();
    const Read once = read_pieces({view}, limits);
    const Read twice = read_pieces({view.substr(0, cut), view.substr(cut)}, limits);
    ASSERT_TRUE(once.items == twice.items) << "what was read must not depend on the cut";
    ASSERT_EQ(once.malformed, twice.malformed);
    malformed += once.malformed ? 1U : 0U;
  }
  EXPECT_GT(malformed, 1000U);
}

TEST(RespReader, KeepsItsMemoryWhenMuchPassesThrough) {
  RespReader reader;
  RespItem item;
  const std::string message = "$1000\r\n" + std::string(1000, 'x') + "\r\n";
  std::size_t most = 0;
  for (int round = 0; round < 100'000; ++round) {
    feed(reader, message);
    ASSERT_EQ(reader.next(item), RespReader::Status::item);
    most = std::max(most, reader.buffered());
  }

  EXPECT_EQ(most, 0U);
}

TEST(RespCommand, IsAnArrayOfBulkStrings) {
  ByteBuffer out;
  append_resp_command(out, {"LPUSH", "list", std::string_view{"a\0\r\n", 4}});

  const std::string value{"a\0\r\n", 4};
  EXPECT_EQ(out.unread(), "*3\r\n$5\r\nLPUSH\r\n$4\r\nlist\r\n$4\r\n" + value + "\r\n");
}

TEST(ByteBuffer, ReusesItsMemory) {
  ByteBuffer buffer;
  const std::string piece(700, 'p');
  buffer.append(piece);
  for (int round = 0; round < 100; ++round) {
    buffer.append(piece);
    buffer.consume(piece.size());
    ASSERT_EQ(buffer.unread(), piece);
  }
  const std::size_t capacity = buffer.capacity();
  for (int round = 0; round < 10'000; ++round) {
    buffer.append(piece);
    buffer.consume(piece.size());
  }

  EXPECT_EQ(buffer.capacity(), capacity);
}

}  // namespace
}  // namespace queuemeter::queues
