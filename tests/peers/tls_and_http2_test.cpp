// SPDX-License-Identifier: Apache-2.0
// HTTPS and HTTP/2 against nginx, with a certificate that the test makes for itself.
#include "harness/backend/http_backend.hpp"
#include "harness/net/http_channel.hpp"
#include "harness/net/tls_client.hpp"
#include "tests/backend/client_driver.hpp"
#include "tests/end_to_end/program.hpp"
#include "tests/peers/private_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace queuemeter::peers {
namespace {

using end_to_end::TemporaryFolder;
using testing::HasSubstr;

/// A self-made authority and a certificate for localhost and 127.0.0.1 by it.
void make_certificates(const std::string& folder) {
  const std::string commands =
      "cd " + folder +
      " && (openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=Test -keyout ca.key -out "
      "ca.crt && openssl req -newkey rsa:2048 -nodes -subj /CN=site -keyout site.key -out site.csr "
      "&& printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' > names && openssl x509 -req -in "
      "site.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out site.crt) "
      "> openssl.log 2>&1";
  ASSERT_EQ(std::system(commands.c_str()), 0);
}

class TlsAndHttp2 : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* program : {"nginx", "openssl"}) {
      if (!is_installed(program)) {
        GTEST_SKIP() << program << " is not installed";
      }
    }
    if (!has_tls() || !has_http2()) {
      GTEST_SKIP() << "TLS or HTTP/2 is not built here; install libssl-dev and libnghttp2-dev";
    }
    make_certificates(certificates_.path());
  }

  /// `speaks` are the words of nginx's listen: "ssl", "ssl http2", "http2".
  [[nodiscard]] PrivateServer start(const std::string& speaks) {
    return PrivateServer{[&](const TemporaryFolder& folder, std::uint16_t port) {
      std::string text = server_file("nginx_tls.conf", folder.path(), port);
      const std::string at = certificates_.path();
      const std::string certificate =
          speaks.starts_with("ssl")
              ? "ssl_certificate " + at + "/site.crt; ssl_certificate_key " + at + "/site.key;"
              : "";
      for (const auto& [mark, by] :
           {std::pair{std::string{"@SPEAKS@"}, speaks}, {"@CERTIFICATE@", certificate}}) {
        text.replace(text.find(mark), mark.size(), by);
      }
      return PrivateServer::Command{.words = {"nginx", "-p", folder.path(), "-e", "stderr", "-c",
                                              folder.write("nginx.conf", text)}};
    }};
  }
  [[nodiscard]] HttpBackendSettings settings_for(const PrivateServer& server,
                                                 const std::string& scheme = "https") const {
    HttpBackendSettings settings;
    settings.url = scheme + "://127.0.0.1:" + std::to_string(server.port()) + "/three";
    settings.client.method = "GET";
    settings.client.connections = 1;
    settings.client.tls.ca = certificates_.path() + "/ca.crt";
    return settings;
  }

 private:
  TemporaryFolder certificates_;
};

/// Makes the calls, all at once; how many were answered well, and over how many connections.
void expect_all_answered(const HttpBackendSettings& settings, std::size_t calls) {
  ClientDriver driver{settings};
  for (std::size_t call = 0; call < calls; ++call) {
    driver.begin(100);
  }
  ASSERT_TRUE(driver.run_until_settled(calls));
  for (const auto& settled : driver.settled) {
    EXPECT_EQ(to_string(settled.reply.reason), to_string(Reason::none));
  }
  EXPECT_EQ(driver.backend().open_connections()->opened, 1U);
}

TEST_F(TlsAndHttp2, HttpsIsCalledAndTheCertificateVerified) {
  const PrivateServer server = start("ssl");
  HttpBackendSettings settings = settings_for(server);
  EXPECT_TRUE(reach_http_backend(settings));
  expect_all_answered(settings, 20);
  settings.client.tls.name = "localhost";
  expect_all_answered(settings, 1);
}

TEST_F(TlsAndHttp2, AnUnknownAuthorityOrAWrongNameIsRefusedAndNamed) {
  const PrivateServer server = start("ssl");
  HttpBackendSettings stranger = settings_for(server);
  stranger.client.tls.ca.clear();
  HttpBackendSettings other_name = settings_for(server);
  other_name.client.tls.name = "other.example";

  EXPECT_THAT(reach_http_backend(stranger).error().what, HasSubstr("issuer certificate"));
  EXPECT_THAT(reach_http_backend(other_name).error().what, HasSubstr("mismatch"));
  for (const HttpBackendSettings& settings : {stranger, other_name}) {
    ClientDriver driver{settings};
    EXPECT_EQ(driver.call().reason, Reason::unreachable);
  }
  stranger.client.tls.verify = false;
  expect_all_answered(stranger, 1);
}

TEST_F(TlsAndHttp2, AFileWithoutCertificatesIsAUsageError) {
  HttpBackendSettings settings;
  settings.url = "https://127.0.0.1:1/";
  settings.client.tls.ca = "/no/such/file";
  EXPECT_EQ(make_http_backend(settings).error().kind, Error::Kind::usage);
}

TEST_F(TlsAndHttp2, ManyStreamsShareOneConnection) {
  const PrivateServer server = start("ssl http2");
  HttpBackendSettings settings = settings_for(server);
  settings.client.protocol = HttpClientSettings::Protocol::http_2;
  settings.client.pipelining = 50;
  expect_all_answered(settings, 200);
}

TEST_F(TlsAndHttp2, WithoutTlsTheServerIsKnownToSpeakHttp2) {
  const PrivateServer server = start("http2");
  HttpBackendSettings settings = settings_for(server, "http");
  settings.client.protocol = HttpClientSettings::Protocol::http_2;
  settings.client.pipelining = 10;
  expect_all_answered(settings, 100);
  settings.url = server.url("/none");
  expect_all_answered(settings, 10);
  settings.url = server.url("/moved");
  settings.kept.location = true;
  std::string location;
  ClientDriver driver{settings};
  driver.then = [&](CallHandle, const Reply& reply) { location = reply.location; };
  EXPECT_EQ(driver.call().status, 302);
  EXPECT_THAT(location, HasSubstr("/three"));
}

TEST_F(TlsAndHttp2, AServerThatDoesNotSpeakHttp2IsFoundOut) {
  const PrivateServer server = start("ssl");
  HttpBackendSettings settings = settings_for(server);
  settings.client.protocol = HttpClientSettings::Protocol::http_2;
  ClientDriver driver{settings};
  EXPECT_EQ(driver.call().reason, Reason::unreachable);
  EXPECT_THAT(driver.backend().open_connections()->why, HasSubstr("does not speak HTTP/2"));
}

TEST_F(TlsAndHttp2, AnAbandonedStreamLeavesTheOthersAlone) {
  const PrivateServer server = start("http2");
  HttpBackendSettings settings = settings_for(server, "http");
  settings.client.protocol = HttpClientSettings::Protocol::http_2;
  settings.client.pipelining = 10;
  ClientDriver driver{settings};
  EXPECT_EQ(driver.call().reason, Reason::none);
  const CallHandle first = driver.begin();
  driver.begin();
  driver.abandon(first);

  ASSERT_TRUE(driver.run_until_settled(2));

  EXPECT_EQ(driver.settled[1].reply.reason, Reason::none);
  EXPECT_EQ(driver.backend().open_connections()->opened, 1U);
}

}  // namespace
}  // namespace queuemeter::peers
