// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace queuemeter {

/// What a client that means harm sends, and what it is answered before it is cut off.
struct Attack {
  std::string name;
  std::string bytes;
  int status = 400;
};
inline void PrintTo(const Attack& attack, std::ostream* out) { *out << attack.name; }

/// Against a POST target of a server with the limits of `HttpServerSettings`. Where a second
/// request is smuggled in, it is a good one to the same target.
inline std::vector<Attack> attacks(const std::string& target) {
  const std::string post = "POST " + target + " HTTP/1.1\r\nHost: a\r\n";
  const std::string smuggled = post + "Content-Length: 1\r\n\r\nx";
  std::string many = post;
  for (int field = 0; field < 1000; ++field) {
    many += "X: y\r\n";
  }
  return {
      {"EndlessHeader", post + "X: " + std::string(1 << 20, 'x'), 431},
      {"EndlessTarget", "POST /" + std::string(1 << 20, 'x'), 414},
      {"ManyFields", many, 431},
      {"BodyOverTheLimit", post + "Content-Length: 1000000000\r\n\r\n" + std::string(1 << 19, 'x'),
       413},
      {"EndlessChunk", post + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\nabc", 413},
      {"BadChunk", post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n", 400},
      {"TwoLengths", post + "Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + smuggled, 400},
      {"LengthAndChunks",
       post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, 400},
      {"ChunksUnderAnotherName", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + smuggled,
       501},
      {"ChunksAndAnotherCoding",
       post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + smuggled, 400},
      {"BlankBeforeTheColon", post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + smuggled,
       400},
      {"FoldedCoding", post + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + smuggled, 400},
      {"BareLineFeeds", "POST " + target + " HTTP/1.1\nHost: a\nContent-Length: 1\n\nx", 400},
      {"BinaryNoise", std::string("\x16\x03\x01\x02\x00\x01\x00\r\n", 9), 400},
  };
}

}  // namespace queuemeter
