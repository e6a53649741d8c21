// SPDX-License-Identifier: Apache-2.0
#include "harness/net/http_response_parser.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter {
namespace {

struct GoodResponse {
  std::string name;
  std::string text;
  unsigned status = 200;
  std::uint64_t body_bytes = 0;
  bool keep_alive = true;
  bool ends_with_stream = false;
};
void PrintTo(const GoodResponse& response, std::ostream* out) { *out << response.name; }

std::vector<GoodResponse> good_responses() {
  return {
      {"Sized", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, 5},
      {"Empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, 0},
      {"NoReasonPhrase", "HTTP/1.1 200 \r\ncontent-length:2\r\n\r\nok", 200, 2},
      {"SameLengthTwice", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
       200, 2},
      {"Chunked",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
       "5\r\nhello\r\n0A;name=\"value\"\r\n0123456789\r\n0\r\n\r\n",
       200, 15},
      {"ChunkedWithTrailer",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
       "1\r\nx\r\n000\r\nContent-Length: 77\r\nX-Sum: 1\r\n\r\n",
       200, 1},
      {"Close", "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nx", 200, 1,
       false},
      {"CloseInAList",
       "HTTP/1.1 200 OK\r\nConnection: upgrade , close\r\nContent-Length: 1\r\n\r\nx", 200, 1,
       false},
      {"OldVersionCloses", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, 1, false},
      {"OldVersionKeepsAlive",
       "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx", 200, 1, true},
      {"UntilClose", "HTTP/1.1 200 OK\r\nX-Powered-By: PHP\r\n\r\nsome text", 200, 9, false, true},
      {"Interim",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
       "HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\nabc",
       201, 3},
      {"NoContent", "HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n", 204, 0},
      {"NotModifiedHasALengthButNoBody", "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n",
       304, 0},
      {"Unavailable",
       "HTTP/1.1 503 Busy \xe2\x82\xac\r\nRetry-After:\t1 \r\nContent-Length: "
       "0\r\nX-Empty:\r\n\r\n",
       503, 0},
  };
}

void expect_parsed(const GoodResponse& response, const std::vector<std::string_view>& pieces,
                   const std::string& how) {
  HttpResponseParser parser;
  std::size_t used = 0;
  for (const std::string_view piece : pieces) {
    used += parser.feed(piece);
  }
  if (response.ends_with_stream) {
    EXPECT_FALSE(parser.complete()) << how;
    parser.end_of_stream();
  }

  EXPECT_TRUE(parser.complete()) << how;
  EXPECT_EQ(used, response.text.size()) << how;
  EXPECT_EQ(parser.status(), response.status) << how;
  EXPECT_EQ(parser.body_bytes(), response.body_bytes) << how;
  EXPECT_EQ(parser.keep_alive(), response.keep_alive) << how;
}

class HttpResponseParserGood : public testing::TestWithParam<GoodResponse> {};
INSTANTIATE_TEST_SUITE_P(Responses, HttpResponseParserGood, testing::ValuesIn(good_responses()),
                         [](const auto& test) { return test.param.name; });

TEST_P(HttpResponseParserGood, IsReadHoweverItIsSplit) {
  const std::string_view text = GetParam().text;

  expect_parsed(GetParam(), {text}, "whole");
  std::vector<std::string_view> bytes;
  for (std::size_t at = 0; at < text.size(); ++at) {
    bytes.push_back(text.substr(at, 1));
    expect_parsed(GetParam(), {text.substr(0, at), text.substr(at)},
                  "split at " + std::to_string(at));
  }
  expect_parsed(GetParam(), bytes, "byte by byte");
}

TEST_P(HttpResponseParserGood, IsNotCompleteBeforeItsLastByte) {
  const std::string_view text = GetParam().text;
  for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
    HttpResponseParser parser;

    EXPECT_EQ(parser.feed(text.substr(0, bytes)), bytes);

    EXPECT_FALSE(parser.complete()) << bytes;
    EXPECT_FALSE(parser.failed()) << bytes;
    EXPECT_EQ(parser.started(), bytes > 0);
  }
}

TEST_P(HttpResponseParserGood, CutShortIsAFault) {
  const std::string_view text = GetParam().text;
  const std::size_t head = text.find("\r\n\r\n") + 4;
  const std::size_t end = GetParam().ends_with_stream ? head : text.size();
  for (std::size_t bytes = 0; bytes < end; ++bytes) {
    HttpResponseParser parser;
    static_cast<void>(parser.feed(text.substr(0, bytes)));

    parser.end_of_stream();

    EXPECT_TRUE(parser.failed()) << bytes;
  }
}

struct BadResponse {
  std::string name;
  std::string text;
};
void PrintTo(const BadResponse& response, std::ostream* out) { *out << response.name; }

std::vector<BadResponse> bad_responses() {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
  return {
      {"NotHttp", "SSH-2.0-OpenSSH_9.2\r\n"},
      {"Version2", "HTTP/2.0 200 OK\r\n\r\n"},
      {"Version12", "HTTP/1.2 200 OK\r\n\r\n"},
      {"LowerCaseVersion", "http/1.1 200 OK\r\n\r\n"},
      {"StatusOfTwoDigits", "HTTP/1.1 20 OK\r\n\r\n"},
      {"StatusOfFourDigits", "HTTP/1.1 2000 OK\r\n\r\n"},
      {"StatusTooLarge", "HTTP/1.1 600 OK\r\n\r\n"},
      {"StatusZero", "HTTP/1.1 000 OK\r\n\r\n"},
      {"BareLineFeed", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"},
      {"LoneCarriageReturn", "HTTP/1.1 200 OK\rX"},
      {"ControlInReason", "HTTP/1.1 200 O\x01K\r\n\r\n"},
      {"UnaskedUpgrade", "HTTP/1.1 101 Switching Protocols\r\n\r\n"},
      {"TwoLengths", ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"},
      {"LengthList", ok + "Content-Length: 5, 5\r\n\r\nhello"},
      {"LengthAndChunked", ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"ChunkedAndLength", ok + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"},
      {"NegativeLength", ok + "Content-Length: -1\r\n\r\n"},
      {"SignedLength", ok + "Content-Length: +5\r\n\r\nhello"},
      {"HexLength", ok + "Content-Length: 0x5\r\n\r\nhello"},
      {"EmptyLength", ok + "Content-Length: \r\n\r\n"},
      {"HugeLength", ok + "Content-Length: 18446744073709551621\r\n\r\nhello"},
      {"FoldedLine", ok + "X-A: 1\r\n 2\r\n\r\n"},
      {"FoldedFirstLine", ok + " X-A: 1\r\n\r\n"},
      {"SpaceBeforeColon", ok + "Content-Length : 5\r\n\r\nhello"},
      {"NoColon", ok + "Content-Length\r\n\r\n"},
      {"EmptyName", ok + ": 5\r\n\r\n"},
      {"BadNameCharacter", ok + "X(A): 5\r\n\r\n"},
      {"NulInName", ok + std::string("X\0A: 5\r\n\r\n", 10)},
      {"NulInValue", ok + std::string("X: a\0b\r\n\r\n", 10)},
      {"DeleteInValue", ok + "X: a\x7f\r\n\r\n"},
      {"UnknownCoding", ok + "Transfer-Encoding: gzip\r\n\r\n"},
      {"CodingBelowChunked", ok + "Transfer-Encoding: gzip, chunked\r\n\r\n"},
      {"ChunkedTwice", ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"ChunkedInOldVersion", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"LongLengthValue", ok + "Content-Length: 1" + std::string(200, ' ') + "1\r\n\r\n"},
      {"EmptyChunkSize", chunked + "\r\nhello\r\n0\r\n\r\n"},
      {"BadChunkSize", chunked + "g\r\nhello\r\n0\r\n\r\n"},
      {"SignedChunkSize", chunked + "-5\r\nhello\r\n0\r\n\r\n"},
      {"HugeChunkSize", chunked + "10000000000000000\r\nhello"},
      {"ChunkLongerThanItSays", chunked + "4\r\nhello\r\n0\r\n\r\n"},
      {"ChunkShorterThanItSays", chunked + "6\r\nhello\r\n0\r\n\r\n"},
      {"ChunkWithBareLineFeed", chunked + "5\nhello\r\n0\r\n\r\n"},
      {"EndlessChunkExtension", chunked + "5;" + std::string(4096, 'x')},
      {"ControlInChunkExtension", chunked + "5;\x02\r\nhello"},
      {"BadTrailer", chunked + "0\r\n X: 1\r\n\r\n"},
      {"EndlessHeader", ok + "X: " + std::string(HttpResponseParser::head_limit, 'x')},
      {"EndlessReason", "HTTP/1.1 200 " + std::string(HttpResponseParser::head_limit, 'x')},
  };
}

class HttpResponseParserBad : public testing::TestWithParam<BadResponse> {};
INSTANTIATE_TEST_SUITE_P(Responses, HttpResponseParserBad, testing::ValuesIn(bad_responses()),
                         [](const auto& test) { return test.param.name; });

TEST_P(HttpResponseParserBad, IsRefusedAndReadNoFurther) {
  HttpResponseParser parser;
  std::size_t used = parser.feed(GetParam().text);

  EXPECT_TRUE(parser.failed());
  EXPECT_FALSE(parser.complete());
  EXPECT_EQ(parser.feed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), 0u);

  HttpResponseParser slow;
  std::size_t used_slowly = 0;
  for (const char byte : GetParam().text) {
    used_slowly += slow.feed({&byte, 1});
  }
  EXPECT_TRUE(slow.failed());
  EXPECT_EQ(used_slowly, used);
}

TEST(HttpResponseParser, AHeadOfExactlyTheLimitIsRead) {
  const std::string start = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: ";
  const std::string end = "\r\n\r\n";
  const std::string filler(HttpResponseParser::head_limit - start.size() - end.size(), 'x');
  HttpResponseParser fits;
  HttpResponseParser one_more;

  static_cast<void>(fits.feed(start + filler + end));
  static_cast<void>(one_more.feed(start + filler + "x" + end));

  EXPECT_TRUE(fits.complete());
  EXPECT_TRUE(one_more.failed());
}

TEST(HttpResponseParser, EndlessInterimResponsesEndAtTheHeadLimit) {
  HttpResponseParser parser;
  std::size_t used = 0;
  for (int i = 0; i < 10'000 && !parser.failed(); ++i) {
    used += parser.feed("HTTP/1.1 100 Continue\r\n\r\n");
  }

  EXPECT_TRUE(parser.failed());
  EXPECT_EQ(used, HttpResponseParser::head_limit + 1);
}

TEST(HttpResponseParser, StopsBehindTheResponse) {
  HttpResponseParser parser;
  const std::string one = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  EXPECT_EQ(parser.feed(one + one), one.size());

  EXPECT_TRUE(parser.complete());
}

TEST(HttpResponseParser, IsReadyForTheNextAfterReset) {
  HttpResponseParser parser;
  static_cast<void>(
      parser.feed("HTTP/1.0 500 No\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc"));
  ASSERT_TRUE(parser.complete());

  parser.reset();
  EXPECT_FALSE(parser.started());
  static_cast<void>(parser.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));

  EXPECT_TRUE(parser.complete());
  EXPECT_EQ(parser.status(), 200u);
  EXPECT_TRUE(parser.keep_alive());
  EXPECT_EQ(parser.body_bytes(), 0u);
}

// Whatever a peer sends, the parser reads on, completes or fails; it never uses more than it got.
TEST(HttpResponseParser, SurvivesEveryChangedByte) {
  for (const GoodResponse& response : good_responses()) {
    for (std::size_t at = 0; at < response.text.size(); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text = response.text;
        text[at] = static_cast<char>(byte);
        HttpResponseParser parser;

        const std::size_t used = parser.feed(text);

        ASSERT_LE(used, text.size());
        ASSERT_TRUE(used == text.size() || parser.complete() || parser.failed());
      }
    }
  }
}

}  // namespace
}  // namespace queuemeter
