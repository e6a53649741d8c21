// SPDX-License-Identifier: Apache-2.0
#include "harness/net/http_url.hpp"

#include "harness/backend/http_backend.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace queuemeter {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(HttpUrl, AFullUrlIsTakenApart) {
  const auto url = parse_http_url("http://Example.org:8080/slow/call?a=1&b=@2");

  ASSERT_TRUE(url) << url.error().what;
  EXPECT_EQ(url->host, "Example.org");
  EXPECT_EQ(url->port, 8080);
  EXPECT_EQ(url->authority, "Example.org:8080");
  EXPECT_EQ(url->target, "/slow/call?a=1&b=@2");
}

TEST(HttpUrl, PortAndPathHaveDefaults) {
  const auto bare = parse_http_url("HTTP://127.0.0.1");
  const auto query = parse_http_url("http://127.0.0.1?x");

  ASSERT_TRUE(bare && query);
  EXPECT_EQ(bare->port, 80);
  EXPECT_EQ(bare->target, "/");
  EXPECT_EQ(query->target, "/?x");
}

TEST(HttpUrl, AnIpv6AddressStandsInBrackets) {
  const auto url = parse_http_url("http://[::1]:81/");

  ASSERT_TRUE(url) << url.error().what;
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->authority, "[::1]:81");
  EXPECT_EQ(url->port, 81);
}

TEST(HttpUrl, WhatIsNoUrlIsRefused) {
  for (const char* text : {"",
                           "127.0.0.1:80",
                           "ftp://host/",
                           "http:/host",
                           "http://",
                           "http://:80/",
                           "http:///path",
                           "http://host:/",
                           "http://host:0/",
                           "http://host:65536/",
                           "http://host:8o/",
                           "http://host:80:90/",
                           "http://host:-1/",
                           "http://ho st/",
                           "http://ho%20st/",
                           "http://host/a b",
                           "http://host/a\r\nX: 1",
                           "http://host/\xc3\xa4",
                           "http://host/#part",
                           "http://[::1",
                           "http://[::g]/",
                           "http://[]/",
                           "http://[::1]80/",
                           "http://::1/"}) {
    const auto url = parse_http_url(text);

    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().kind, Error::Kind::usage) << text;
    EXPECT_FALSE(url.error().what.empty());
  }
}

TEST(HttpUrl, HttpsHasItsOwnPort) {
  const HttpUrl url = parse_http_url("HTTPS://api.example/orders").value();
  EXPECT_TRUE(url.is_secure);
  EXPECT_EQ(url.authority, "api.example:443");
  EXPECT_EQ(url.target, "/orders");
  EXPECT_EQ(parse_http_url("https://api.example:8443/").value().port, 8443);
  EXPECT_FALSE(parse_http_url("http://api.example/").value().is_secure);
}

TEST(HttpUrl, AUnixSocketIsNamedByItsPath) {
  const HttpUrl url = parse_http_url("http+unix://%2Frun%2Fa%20site.sock/orders?x=1").value();
  EXPECT_EQ(url.socket_path, "/run/a site.sock");
  EXPECT_EQ(url.target, "/orders?x=1");
  EXPECT_EQ(url.authority, "localhost");
  for (const char* text : {"http+unix:///run/site.sock", "http+unix://%2", "http+unix://%zz/",
                           "http+unix://%00/", "http+unix://"}) {
    EXPECT_FALSE(parse_http_url(text)) << text;
  }
  EXPECT_FALSE(parse_http_url("http+unix://" + std::string(200, 'x') + "/"));
}

TEST(HttpUrl, NoErrorRepeatsAPassword) {
  for (const char* text :
       {"http://user:secret@host/", "http://secret@host/", "user:secret@host", "ftp://a:secret@b/",
        "http://user:secret@host/a b", "http://user:secret@host:99999/", "http://a:secret@/"}) {
    const auto url = parse_http_url(text);

    ASSERT_FALSE(url) << text;
    EXPECT_THAT(url.error().what, Not(HasSubstr("secret")));
  }
}

TEST(HttpBackend, AHostThatDoesNotExistIsUnavailable) {
  HttpBackendSettings settings;
  settings.url = "http://no-such-host.invalid:8080/";

  const auto backend = make_http_backend(settings);

  ASSERT_FALSE(backend);
  EXPECT_EQ(backend.error().kind, Error::Kind::unavailable);
  EXPECT_THAT(backend.error().what, HasSubstr("no-such-host.invalid"));
}

TEST(HttpBackend, NoConnectionsOrNoPatienceIsAUsageError) {
  HttpBackendSettings no_connections;
  no_connections.url = "http://127.0.0.1:1/";
  no_connections.client.connections = 0;
  HttpBackendSettings no_patience;
  no_patience.url = "http://127.0.0.1:1/";
  no_patience.client.timeouts.whole = Duration{0};

  EXPECT_EQ(make_http_backend(no_connections).error().kind, Error::Kind::usage);
  EXPECT_EQ(make_http_backend(no_patience).error().kind, Error::Kind::usage);
}

}  // namespace
}  // namespace queuemeter
