// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace queuemeter::peers {

/// A running server that we did not write. It serves
///   /three     3 bytes                         /none     204, no body
///   /same      304, no body, by GET            /close    3 bytes, and closes the connection
///   /chunked   in chunks, by GET               /slow     over half a second, by GET
///   /big       with 12 KiB of headers          /huge     with 40 KiB of headers
/// and 404 for anything else.
class RunningPeer {
 public:
  RunningPeer() = default;
  RunningPeer(const RunningPeer&) = delete;
  RunningPeer& operator=(const RunningPeer&) = delete;
  virtual ~RunningPeer() = default;
  [[nodiscard]] virtual std::string url(std::string_view target) const = 0;
};

/// A kind of server, and what is peculiar to it.
struct Peer {
  const char* name;
  const char* program;  ///< nullptr: it is linked into the test
  const char* package;  ///< the Debian package to install
  bool keeps_connections;
  std::unique_ptr<RunningPeer> (*start)();
};
std::ostream& operator<<(std::ostream& out, const Peer& peer);

[[nodiscard]] std::span<const Peer> all_peers();
[[nodiscard]] const Peer& peer_named(std::string_view name);

[[nodiscard]] std::unique_ptr<RunningPeer> start_httplib();

}  // namespace queuemeter::peers
