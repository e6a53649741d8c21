// SPDX-License-Identifier: Apache-2.0
#include "harness/net/http_request_parser.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter {
namespace {

using Progress = HttpRequestParser::Progress;

constexpr HttpRequestLimits limits{.target = 200, .head = 1024, .fields = 10, .body = 100};

/// A connection's buffer: what the parser keeps, and new bytes behind it.
class Reader {
 public:
  Progress feed(std::string_view bytes) {
    text_.append(bytes);
    progress_ = parser_.parse(text_);
    if (progress_ == Progress::incomplete) {
      text_.resize(parser_.kept());
    }
    return progress_;
  }
  [[nodiscard]] Progress progress() const { return progress_; }
  [[nodiscard]] HttpRequest request() const { return parser_.request(text_); }
  [[nodiscard]] std::string_view rest() const {
    return std::string_view{text_}.substr(parser_.end());
  }
  [[nodiscard]] HttpRequestParser& parser() { return parser_; }
  [[nodiscard]] std::size_t held() const { return text_.size(); }

 private:
  HttpRequestParser parser_{limits};
  std::string text_;
  Progress progress_ = Progress::incomplete;
};

struct GoodRequest {
  std::string name;
  std::string text;
  std::string method = "GET";
  std::string target = "/";
  std::string body = {};
  bool keep_alive = true;
};
void PrintTo(const GoodRequest& request, std::ostream* out) { *out << request.name; }

std::vector<GoodRequest> good_requests() {
  const std::string post = "POST /calls HTTP/1.1\r\nHost: a\r\n";
  const std::string chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
  return {
      {"Plain", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"EmptyHost", "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
      {"HostWithPort", "GET / HTTP/1.1\r\nHOST: \t[::1]:8080 \r\n\r\n"},
      {"Query", "GET /calls?wait=5s&x=%2F HTTP/1.1\r\nHost: a\r\n\r\n", "GET",
       "/calls?wait=5s&x=%2F"},
      {"OneEmptyLineBefore", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"AbsoluteTarget", "GET http://b:80/x?y HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "/x?y"},
      {"AbsoluteTargetWithoutPath", "GET HTTP://b HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "/"},
      {"AsteriskOfOptions", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS", "*"},
      {"UnknownMethod", "BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n", "BREW", "/pot"},
      {"LaterMinorVersion", "GET / HTTP/1.9\r\nHost: a\r\n\r\n"},
      {"Sized", post + "Content-Length: 5\r\n\r\nhello", "POST", "/calls", "hello"},
      {"SizedByZero", post + "Content-Length: 000\r\n\r\n", "POST", "/calls", ""},
      {"BodyLikeARequest", post + "Content-Length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n", "POST",
       "/calls", "GET / HTTP/1.1\r\n\r\n"},
      {"Chunked", chunked + "5\r\nhello\r\n0A ; a=\"b\"\r\n0123456789\r\n0\r\n\r\n", "POST",
       "/calls", "hello0123456789"},
      {"ChunkedWithTrailers", chunked + "1\r\nx\r\n000\r\nContent-Length: 7\r\nX-Sum: 1\r\n\r\n",
       "POST", "/calls", "x"},
      {"ChunksOfAByte", chunked + "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n1\r\nd\r\n0\r\n\r\n", "POST",
       "/calls", "abcd"},
      {"CodingInCapitals", post + "transfer-encoding: CHUNKED\r\n\r\n0\r\n\r\n", "POST", "/calls"},
      {"Close", "GET / HTTP/1.1\r\nHost: a\r\nConnection: x , Close\r\n\r\n", "GET", "/", "",
       false},
      {"OldVersionCloses", "GET / HTTP/1.0\r\n\r\n", "GET", "/", "", false},
      {"OldVersionKeepsAlive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"},
      {"ObsoleteText", "GET / HTTP/1.1\r\nHost: a\r\nX: \xe2\x82\xac\r\n\r\n"},
      {"BodyOfTheLimit", post + "Content-Length: 100\r\n\r\n" + std::string(100, 'x'), "POST",
       "/calls", std::string(100, 'x')},
  };
}

void expect_read(const GoodRequest& expected, Reader& reader, const std::string& how) {
  ASSERT_EQ(reader.progress(), Progress::complete)
      << how << ", refused with " << reader.parser().refusal();
  const HttpRequest request = reader.request();
  EXPECT_EQ(request.method, expected.method) << how;
  EXPECT_EQ(request.target, expected.target) << how;
  EXPECT_EQ(request.body, expected.body) << how;
  EXPECT_EQ(request.keep_alive, expected.keep_alive) << how;
}

class HttpRequestParserGood : public testing::TestWithParam<GoodRequest> {};
INSTANTIATE_TEST_SUITE_P(Requests, HttpRequestParserGood, testing::ValuesIn(good_requests()),
                         [](const auto& test) { return test.param.name; });

TEST_P(HttpRequestParserGood, IsReadHoweverItIsSplit) {
  const std::string_view text = GetParam().text;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    Reader reader;
    reader.feed(text.substr(0, at));
    reader.feed(text.substr(at));

    expect_read(GetParam(), reader, "split at " + std::to_string(at));
    EXPECT_EQ(reader.rest(), "");
  }
}

TEST_P(HttpRequestParserGood, IsReadByteByByteAndCompleteWithTheLast) {
  Reader reader;
  for (std::size_t at = 0; at < GetParam().text.size(); ++at) {
    ASSERT_EQ(reader.progress(), Progress::incomplete) << at;
    reader.feed({&GetParam().text[at], 1});
  }

  expect_read(GetParam(), reader, "byte by byte");
}

TEST_P(HttpRequestParserGood, LeavesTheNextRequestAlone) {
  const std::string next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
  Reader reader;
  reader.feed(GetParam().text + next);

  expect_read(GetParam(), reader, "with another behind");
  EXPECT_EQ(reader.rest(), next);
}

struct BadRequest {
  std::string name;
  std::string text;
  unsigned status = 400;
};
void PrintTo(const BadRequest& request, std::ostream* out) { *out << request.name; }

std::vector<BadRequest> bad_requests() {
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  const std::string chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
  const auto target = [](const std::string& text) {
    return "GET " + text + " HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  std::string many = get;
  for (int field = 0; field < 10; ++field) {
    many += "X: 1\r\n";
  }
  return {
      {"NotHttp", "\x16\x03\x01 TLS\r\n"},
      {"Version09", "GET /\r\n"},
      {"Version2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"Version0", "GET / HTTP/0.9\r\n\r\n", 505},
      {"LowerCaseVersion", "GET / http/1.1\r\nHost: a\r\n\r\n"},
      {"VersionOfManyDigits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n"},
      {"NoVersion", "GET / \r\nHost: a\r\n\r\n"},
      {"TwoSpaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"SpaceInTarget", target("/a b")},
      {"TabBetween", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"SpaceBefore", " GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"TwoEmptyLinesBefore", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"BadMethod", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"LongMethod", std::string(33, 'G') + " / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"Connect", "CONNECT b:443 HTTP/1.1\r\nHost: b\r\n\r\n", 501},
      {"AuthorityTarget", target("b:443")},
      {"AsteriskOfGet", target("*")},
      {"RelativeTarget", target("x")},
      {"FragmentInTarget", target("/x#y")},
      {"BackslashInTarget", target("/x\\y")},
      {"QuoteInTarget", target("/\"x\"")},
      {"NotAsciiInTarget", target("/\xe2\x82\xac")},
      {"HalfAnEscape", target("/%2")},
      {"NoEscape", target("/%zz")},
      {"UserInTarget", target("http://me@b/")},
      {"NoHostInTarget", target("http:///x")},
      {"OtherSchemeInTarget", target("https://b/x")},
      {"LongTarget", target("/" + std::string(200, 'x')), 414},
      {"EndlessTarget", "GET /" + std::string(400, 'x'), 414},
      {"NoHost", "GET / HTTP/1.1\r\n\r\n"},
      {"TwoHosts", get + "Host: a\r\n\r\n"},
      {"HostWithAPath", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
      {"HostWithABlank", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
      {"HostWithABadPort", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"},
      {"BareLineFeed", "GET / HTTP/1.1\nHost: a\n\n"},
      {"BareLineFeedInFields", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"},
      {"BareCarriageReturn", get + "X: a\rY: b\r\n\r\n"},
      {"FoldedLine", get + "X: 1\r\n 2\r\n\r\n"},
      {"FoldedFirstLine", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
      {"SpaceBeforeColon", get + "X : 1\r\n\r\n"},
      {"NoColon", get + "X\r\n\r\n"},
      {"EmptyName", get + ": 1\r\n\r\n"},
      {"NulInName", get + std::string("X\0: 1\r\n\r\n", 9)},
      {"NulInValue", get + std::string("X: \0\r\n\r\n", 8)},
      {"DeleteInValue", get + "X: \x7f\r\n\r\n"},
      {"TwoLengths", post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"},
      {"SameLengthTwice", post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"},
      {"LengthList", post + "Content-Length: 5, 5\r\n\r\nhello"},
      {"NegativeLength", post + "Content-Length: -1\r\n\r\n"},
      {"SignedLength", post + "Content-Length: +5\r\n\r\nhello"},
      {"HexLength", post + "Content-Length: 0x5\r\n\r\nhello"},
      {"EmptyLength", post + "Content-Length: \r\n\r\n"},
      {"LengthAndChunks",
       post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"ChunksAndLength",
       post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"},
      {"ChunkedTwice", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"ChunkedTwiceInOne", post + "Transfer-Encoding: chunked, chunked\r\n\r\n"},
      {"ChunkedNotLast", post + "Transfer-Encoding: chunked, gzip\r\n\r\n"},
      {"EmptyCoding", post + "Transfer-Encoding:\r\n\r\n"},
      {"OtherCoding", post + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"UnknownCoding", post + "Transfer-Encoding: xchunked\r\n\r\n", 501},
      {"IdentityCoding", post + "Transfer-Encoding: identity\r\n\r\n", 501},
      {"VerticalTabBeforeCoding", post + "Transfer-Encoding: \x0b"
                                         "chunked\r\n\r\n"},
      {"ChunkedInOldVersion", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"LongBody", post + "Content-Length: 101\r\n\r\n", 413},
      {"HugeBody", post + "Content-Length: 99999999999999999999999\r\n\r\n", 413},
      {"LongChunk", chunked + "65\r\n", 413},
      {"LongSumOfChunks", chunked + "64\r\n" + std::string(100, 'x') + "\r\n1\r\n", 413},
      {"EmptyChunkSize", chunked + "\r\n"},
      {"BadChunkSize", chunked + "g\r\nhello\r\n0\r\n\r\n"},
      {"SignedChunkSize", chunked + "-5\r\nhello\r\n0\r\n\r\n"},
      {"PrefixedChunkSize", chunked + "0x5\r\nhello\r\n0\r\n\r\n"},
      {"ChunkSizeThenABlank", chunked + "5 \r\nhello\r\n0\r\n\r\n"},
      {"HugeChunkSize", chunked + "10000000000000000\r\nhello"},
      {"ChunkLongerThanItSays", chunked + "4\r\nhello\r\n0\r\n\r\n"},
      {"ChunkShorterThanItSays", chunked + "6\r\nhello\r\n0\r\n\r\n"},
      {"ChunkWithBareLineFeed", chunked + "5\nhello\r\n0\r\n\r\n"},
      {"ChunkEndsWithBareLineFeed", chunked + "5\r\nhello\n0\r\n\r\n"},
      {"EndlessChunkExtension", chunked + "5;" + std::string(300, 'x')},
      {"ControlInChunkExtension", chunked + "5;\x02\r\nhello"},
      {"BadTrailer", chunked + "0\r\n X: 1\r\n\r\n"},
      {"EndlessTrailer", chunked + "0\r\nX: " + std::string(1024, 'x'), 431},
      {"EndlessField", get + "X: " + std::string(1024, 'x'), 431},
      {"TooManyFields", many + "\r\n", 431},
      {"OtherExpectation", get + "Expect: a-miracle\r\n\r\n", 417},
  };
}

class HttpRequestParserBad : public testing::TestWithParam<BadRequest> {};
INSTANTIATE_TEST_SUITE_P(Requests, HttpRequestParserBad, testing::ValuesIn(bad_requests()),
                         [](const auto& test) { return test.param.name; });

TEST_P(HttpRequestParserBad, IsRefusedWithItsStatusHoweverItIsSplit) {
  const std::string_view text = GetParam().text;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    Reader reader;
    if (reader.feed(text.substr(0, at)) == Progress::incomplete) {
      reader.feed(text.substr(at));
    }

    ASSERT_EQ(reader.progress(), Progress::refused) << "split at " << at;
    EXPECT_EQ(reader.parser().refusal(), GetParam().status) << "split at " << at;
  }
}

TEST_P(HttpRequestParserBad, ByteByByteItHoldsNoMoreThanTheLimits) {
  Reader reader;
  for (const char byte : GetParam().text) {
    if (reader.feed({&byte, 1}) != Progress::incomplete) {
      break;
    }
    ASSERT_LE(reader.held(), limits.head + limits.body);
  }

  EXPECT_EQ(reader.progress(), Progress::refused);
  EXPECT_EQ(reader.parser().refusal(), GetParam().status);
}

TEST(HttpRequestParser, AHeadOfExactlyTheLimitIsRead) {
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  const std::string filler(limits.head - start.size() - 2, 'x');
  Reader fits;
  Reader one_more;

  EXPECT_EQ(fits.feed(start + filler + "\r\n\r\n"), Progress::complete);
  EXPECT_EQ(one_more.feed(start + filler + "x\r\n\r\n"), Progress::refused);
}

TEST(HttpRequestParser, FramingOfManySmallChunksDoesNotPileUp) {
  Reader reader;
  reader.feed("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::size_t head = reader.held();
  std::string body;
  for (int chunk = 0; chunk < 100; ++chunk) {
    reader.feed("1\r\nx\r\n");
    body += "x";
    ASSERT_LE(reader.held(), head + body.size() + 2);
  }

  EXPECT_EQ(reader.feed("0\r\n\r\n"), Progress::complete);
  EXPECT_EQ(reader.request().body, body);
}

TEST(HttpRequestParser, EndlessChunkExtensionsAreRefused) {
  Reader reader;
  reader.feed("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "1;" + std::string(100, 'x') + "\r\na\r\n";
  int chunks = 0;
  while (chunks < 100 && reader.feed(chunk) == Progress::incomplete) {
    ++chunks;
  }

  EXPECT_EQ(reader.parser().refusal(), 400u);
  EXPECT_LE(chunks, 11);
}

TEST(HttpRequestParser, FieldsAreFoundWhateverTheirCase) {
  Reader reader;
  reader.feed("GET / HTTP/1.1\r\nhOST: a\r\nX-Call:  7\t\r\nX-Call: 8\r\nEmpty:\r\n\r\n");
  const HttpFields fields = reader.request().fields;

  EXPECT_EQ(fields.find("host"), "a");
  EXPECT_EQ(fields.find("x-call"), "7");
  EXPECT_EQ(fields.find("empty"), "");
  EXPECT_EQ(fields.find("absent"), std::nullopt);
}

TEST(HttpRequestParser, PathAndQueryAreParted) {
  Reader reader;
  reader.feed("GET /a/b?c=d?e HTTP/1.1\r\nHost: a\r\n\r\n");

  EXPECT_EQ(reader.request().path(), "/a/b");
  EXPECT_EQ(reader.request().query(), "c=d?e");
}

TEST(HttpRequestParser, SaysWhenTheClientWaitsForAWord) {
  Reader reader;
  reader.feed("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n");
  EXPECT_FALSE(reader.parser().has_head());

  reader.feed("\r\n");

  EXPECT_TRUE(reader.parser().has_head());
  EXPECT_TRUE(reader.parser().wants_continue());
  EXPECT_EQ(reader.feed("x"), Progress::complete);
}

// Whatever a client sends, the parser reads on, completes or refuses; its views stay inside.
TEST(HttpRequestParser, SurvivesEveryChangedByte) {
  for (const GoodRequest& good : good_requests()) {
    for (std::size_t at = 0; at < good.text.size(); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text = good.text;
        text[at] = static_cast<char>(byte);
        Reader reader;

        if (reader.feed(text) == Progress::complete) {
          ASSERT_LE(reader.parser().end(), text.size());
          ASSERT_LE(reader.request().body.size(), text.size());
          reader.request().fields.for_each([](auto name, auto) { ASSERT_FALSE(name.empty()); });
        }
      }
    }
  }
}

}  // namespace
}  // namespace queuemeter
