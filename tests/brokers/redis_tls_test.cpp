// SPDX-License-Identifier: Apache-2.0
// A Redis list over TLS, with a certificate that the test makes for itself.
#include "harness/call/exit_code.hpp"
#include "queue_impls/catalogue.hpp"
#include "tests/brokers/private_redis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace queuemeter::brokers_test {
namespace {

using testing::HasSubstr;

/// A self-made authority and a certificate for `name` by it, in a folder that goes with it.
class Certificates {
 public:
  explicit Certificates(const std::string& name) {
    std::string made = (std::filesystem::temp_directory_path() / "queuemeter-tls-XXXXXX").string();
    folder_ = ::mkdtemp(made.data());
    const std::string in = "cd " + folder_ + " && ";
    static_cast<void>(output_of(in +
                                "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=Test "
                                "-keyout ca.key -out ca.crt 2>&1"));
    static_cast<void>(output_of(in +
                                "openssl req -newkey rsa:2048 -nodes -subj /CN=redis -keyout "
                                "redis.key -out redis.csr 2>&1 && printf 'subjectAltName=" +
                                name +
                                "' >names && openssl x509 -req -in redis.csr -CA ca.crt -CAkey "
                                "ca.key -CAcreateserial -days 2 -extfile names -out redis.crt "
                                "2>&1"));
  }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;
  ~Certificates() { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string path(const std::string& file) const { return folder_ + "/" + file; }

 private:
  std::string folder_;
};

class RedisTls : public testing::Test {
 protected:
  [[nodiscard]] static std::vector<std::string> with_tls(const Certificates& made,
                                                         std::uint16_t port) {
    return {"--tls-port",         std::to_string(port),
            "--tls-cert-file",    made.path("redis.crt"),
            "--tls-key-file",     made.path("redis.key"),
            "--tls-ca-cert-file", made.path("ca.crt"),
            "--tls-auth-clients", "no"};
  }
  [[nodiscard]] static QueueSettings with(const std::string& option, const std::string& value) {
    QueueSettings settings;
    settings.options = {{option, value}};
    return settings;
  }

  MonotonicClock clock_;
};

TEST_F(RedisTls, CarriesCallsThroughAVerifiedSession) {
  const Certificates made{"IP:127.0.0.1"};
  const std::uint16_t port = free_port();
  PrivateRedis redis{with_tls(made, port)};
  const std::string url = "rediss://127.0.0.1:" + std::to_string(port) + "/0";
  TestRun run{500, 5000};
  QueueSettings settings = with("ca", made.path("ca.crt"));
  settings.window = 500;
  const auto queue = open(url, run, settings);
  HeardConfirmations sink;
  const auto producer = queue->make_producer(clock_, &sink);
  const auto consumer = queue->make_consumer(clock_);
  std::vector<Instant> at(500);
  std::vector<CallHandle> taken(500);

  ASSERT_EQ(producer->offer(run.calls(0, 500), at).done, 500U) << "more than the socket takes";
  step_until(*producer, sink, 500);

  EXPECT_EQ(sink.count(QueueResult::ok), 500U);
  EXPECT_EQ(consumer->take(taken, at).done, 500U);
  EXPECT_EQ(depth_soon(*queue, 0U), 0U);
}

TEST_F(RedisTls, RefusesACertificateItCannotTrust) {
  const Certificates made{"IP:127.0.0.1"};
  const Certificates others{"IP:127.0.0.1"};
  const std::uint16_t port = free_port();
  PrivateRedis redis{with_tls(made, port)};
  const std::string url = "rediss://127.0.0.1:" + std::to_string(port) + "/0";
  TestRun run{1};
  const auto error_with = [&](QueueSettings settings) {
    settings.use = url;
    const auto opened = queues::open_queue(settings, run.context);
    return opened.has_error() ? opened.error() : Error::usage("it was opened");
  };

  const Error unknown = error_with({});
  const Error wrong = error_with(with("ca", others.path("ca.crt")));

  EXPECT_EQ(exit_code_of(unknown), ExitCode::unreachable);
  EXPECT_THAT(unknown.what, HasSubstr("no TLS session"));
  EXPECT_THAT(wrong.what, HasSubstr("no TLS session"));
  EXPECT_EQ(exit_code_of(error_with(with("ca", "/nowhere.pem"))), ExitCode::usage);
  EXPECT_THAT(error_with(with("insecure", "true")).what, HasSubstr("it was opened"));
}

TEST_F(RedisTls, RefusesACertificateOfAnotherName) {
  const Certificates made{"DNS:other.example"};
  const std::uint16_t port = free_port();
  PrivateRedis redis{with_tls(made, port)};
  TestRun run{1};
  QueueSettings settings = with("ca", made.path("ca.crt"));
  settings.use = "rediss://127.0.0.1:" + std::to_string(port) + "/0";

  const auto opened = queues::open_queue(settings, run.context);

  ASSERT_TRUE(opened.has_error());
  EXPECT_THAT(opened.error().what, HasSubstr("mismatch"));
}

TEST_F(RedisTls, APlainPortIsNotTakenForTls) {
  PrivateRedis redis;
  TestRun run{1};
  QueueSettings settings = with("connect_timeout", "500ms");
  settings.use = "rediss://127.0.0.1:" + std::to_string(redis.port()) + "/0";

  const auto opened = queues::open_queue(settings, run.context);

  ASSERT_TRUE(opened.has_error());
  EXPECT_EQ(exit_code_of(opened.error()), ExitCode::unreachable);
}

}  // namespace
}  // namespace queuemeter::brokers_test
