// SPDX-License-Identifier: Apache-2.0
// `queuemeter backend --model event` and `queuemeter front` as people start and stop them.
#include "tests/end_to_end/program.hpp"
#include "tests/net/served_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace queuemeter::end_to_end {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

/// A server of ours that has said where it listens.
class Server {
 public:
  explicit Server(std::vector<std::string> arguments)
      : program_{Start{.arguments = std::move(arguments)}} {
    EXPECT_TRUE(program_.wait_for_output("\n", seconds{20}));
  }
  [[nodiscard]] std::string url() const {
    const std::string& said = program_.output();
    const std::size_t at = said.find("http://");
    return at == std::string::npos ? "" : said.substr(at, said.find('\n', at) - at);
  }
  [[nodiscard]] std::uint16_t port() const {
    const std::string text = url();
    return static_cast<std::uint16_t>(std::atoi(text.substr(text.rfind(':') + 1).c_str()));
  }
  [[nodiscard]] Finished stop() {
    program_.send(SIGTERM);
    return program_.wait(seconds{20});
  }

 private:
  RunningProgram program_;
};

std::string post(const std::string& query) {
  return "POST /calls" + query + " HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
}

TEST(Servers, AFrontBeforeAnEventBackendServesAndStops) {
  Server backend{{"backend", "--model", "event", "--service-time", "20ms", "--answer", "100B"}};
  Server front{{"front", "--backend", backend.url() + "/work", "--workers", "50"}};
  ServedClient client{front.port()};

  const std::string answer = client.ask(post("?wait=5s"));
  EXPECT_EQ(status_in(answer), 200);
  EXPECT_EQ(body_in(answer).size(), 100u);
  EXPECT_EQ(status_in(client.ask(post(""))), 202);

  const Finished stopped = front.stop();
  EXPECT_EQ(stopped.exit_code, 0) << stopped.err;
  EXPECT_EQ(stopped.err, "");
  EXPECT_EQ(backend.stop().exit_code, 0);
}

TEST(Servers, AFrontThatCannotFinishSaysHowManyCallsItLeft) {
  Server backend{{"backend", "--model", "event", "--service-time", "60s"}};
  Server front{{"front", "--backend", backend.url(), "--drain", "50ms"}};
  ServedClient client{front.port()};
  EXPECT_EQ(status_in(client.ask(post(""))), 202);

  const Finished stopped = front.stop();

  EXPECT_EQ(stopped.exit_code, 0);
  EXPECT_THAT(stopped.err, HasSubstr("1 call was not done after 50 ms"));
}

TEST(Servers, MistakesAreSaidAndExit2) {
  const Finished no_backend = run_queuemeter({"front"});
  EXPECT_EQ(no_backend.exit_code, 2);
  EXPECT_THAT(no_backend.err, HasSubstr("--backend: is needed"));

  const Finished many = run_queuemeter({"front", "--backend", "http://127.0.0.1:1/", "--bound", "0",
                                        "--wait", "idle", "--queue-option", "x"});
  EXPECT_EQ(many.exit_code, 2);
  for (const char* option : {"--bound", "--wait", "--queue-option"}) {
    EXPECT_THAT(many.err, HasSubstr(option));
  }
}

TEST(Servers, APortInUseIsSaidAndExit4) {
  Server backend{{"backend", "--model", "event"}};
  const std::string port = std::to_string(backend.port());

  const Finished second = run_queuemeter({"backend", "--model", "event", "--port", port});
  const Finished front =
      run_queuemeter({"front", "--backend", "http://127.0.0.1:1/", "--port", port});

  EXPECT_EQ(second.exit_code, 4);
  EXPECT_EQ(front.exit_code, 4);
  EXPECT_THAT(front.err, HasSubstr("cannot listen on 127.0.0.1:" + port));
}

}  // namespace
}  // namespace queuemeter::end_to_end
