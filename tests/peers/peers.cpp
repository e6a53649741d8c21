// SPDX-License-Identifier: Apache-2.0
#include "tests/peers/peers.hpp"

#include "tests/peers/private_server.hpp"

#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

namespace queuemeter::peers {
namespace {

using end_to_end::TemporaryFolder;

class ForeignServer final : public RunningPeer {
 public:
  explicit ForeignServer(const PrivateServer::MakeCommand& make_command) : server_{make_command} {}
  [[nodiscard]] std::string url(std::string_view target) const override {
    return server_.url(target);
  }

 private:
  PrivateServer server_;
};

/// Lines of a configuration, each of which adds a header of 1,000 bytes.
std::string header_lines(const std::string& directive, std::size_t count) {
  std::string lines;
  for (std::size_t i = 0; i < count; ++i) {
    lines += directive + " X-Filler-" + std::to_string(i) + " " + std::string(980, 'x');
    lines += directive == "add_header" ? ";\n" : "\n";
  }
  return lines;
}

std::string configuration(std::string_view name, const std::string& header_directive,
                          const TemporaryFolder& folder, std::uint16_t port) {
  std::string text = server_file(name, folder.path(), port);
  for (const auto& [mark, by] : {std::pair{"@BIG@", header_lines(header_directive, 12)},
                                 std::pair{"@HUGE@", header_lines(header_directive, 40)},
                                 std::pair{"@SLOW@", std::string(900, 'x')}}) {
    if (const std::size_t at = text.find(mark); at != std::string::npos) {
      text.replace(at, std::string_view{mark}.size(), by);
    }
  }
  return text;
}

void write_pages(const TemporaryFolder& folder) {
  for (const char* name : {"three", "close", "big", "huge"}) {
    folder.write(std::string{"pages/"} + name, "abc");
  }
  folder.write("pages/same", "Status: 304 Not Modified\n\n");
  std::string chunked;
  for (int i = 0; i < 20; ++i) {
    chunked += "<!--#include virtual=\"/three\" -->, ";
  }
  folder.write("pages/chunked", chunked);
  folder.write("pages/slow", std::string(6'000, 'x'));
}

std::unique_ptr<RunningPeer> start_nginx() {
  return std::make_unique<ForeignServer>([](const TemporaryFolder& folder, std::uint16_t port) {
    write_pages(folder);
    const std::string file =
        folder.write("nginx.conf", configuration("nginx.conf", "add_header", folder, port));
    return PrivateServer::Command{
        .words = {"nginx", "-p", folder.path(), "-e", "stderr", "-c", file}};
  });
}

std::unique_ptr<RunningPeer> start_apache() {
  return std::make_unique<ForeignServer>([](const TemporaryFolder& folder, std::uint16_t port) {
    write_pages(folder);
    const std::string file =
        folder.write("apache.conf", configuration("apache.conf", "Header set", folder, port));
    return PrivateServer::Command{.words = {"apache2", "-X", "-f", file}};
  });
}

std::unique_ptr<RunningPeer> start_node() {
  return std::make_unique<ForeignServer>([](const TemporaryFolder& folder, std::uint16_t port) {
    return PrivateServer::Command{
        .words = {"node", folder.write("node.js", server_file("node.js", folder.path(), port))}};
  });
}

std::unique_ptr<RunningPeer> start_php() {
  return std::make_unique<ForeignServer>([](const TemporaryFolder& folder, std::uint16_t port) {
    return PrivateServer::Command{
        .words = {"php", "-S", "127.0.0.1:" + std::to_string(port),
                  folder.write("router.php", server_file("router.php", folder.path(), port))},
        .environment = {"PHP_CLI_SERVER_WORKERS=4"}};
  });
}

constexpr std::array every_peer{
    Peer{"nginx", "nginx", "nginx", true, &start_nginx},
    Peer{"apache", "apache2", "apache2-bin", true, &start_apache},
    Peer{"node", "node", "nodejs", true, &start_node},
    Peer{"php", "php", "php-cli", false, &start_php},
    Peer{"httplib", nullptr, "libcpp-httplib-dev", true, &start_httplib}};

}  // namespace

std::ostream& operator<<(std::ostream& out, const Peer& peer) { return out << peer.name; }

std::span<const Peer> all_peers() { return every_peer; }

const Peer& peer_named(std::string_view name) {
  return *std::ranges::find_if(every_peer, [name](const Peer& peer) { return peer.name == name; });
}

}  // namespace queuemeter::peers
