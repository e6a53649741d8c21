// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/http/target.hpp"

#include "benchmarks/http/measured_program.hpp"

namespace queuemeter::http_benchmark {
namespace {

std::vector<std::string> on_the_targets_core(std::vector<std::string> words) {
  words.insert(words.begin(), {"taskset", "-c", std::to_string(target_core)});
  return words;
}

}  // namespace

std::unique_ptr<peers::PrivateServer> start_nginx() {
  return std::make_unique<peers::PrivateServer>([](const end_to_end::TemporaryFolder& folder,
                                                   std::uint16_t port) {
    const std::string file =
        folder.write("nginx.conf", peers::server_file("nginx_target.conf", folder.path(), port));
    return peers::PrivateServer::Command{
        .words = on_the_targets_core({"nginx", "-p", folder.path(), "-e", "stderr", "-c", file})};
  });
}

std::unique_ptr<peers::PrivateServer> start_queuemeter(const std::vector<std::string>& words) {
  return std::make_unique<peers::PrivateServer>(
      [&words](const end_to_end::TemporaryFolder&, std::uint16_t port) {
        std::vector<std::string> all{QUEUEMETER_BINARY};
        all.insert(all.end(), words.begin(), words.end());
        all.insert(all.end(), {"--port", std::to_string(port)});
        return peers::PrivateServer::Command{.words = on_the_targets_core(std::move(all))};
      });
}

}  // namespace queuemeter::http_benchmark
