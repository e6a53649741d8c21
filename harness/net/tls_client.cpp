// SPDX-License-Identifier: Apache-2.0
#include "harness/net/tls_client.hpp"

#include "harness/call/in_quotes.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <array>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <utility>

namespace queuemeter {
namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
struct FreeSession {
  void operator()(SSL* session) const noexcept { SSL_free(session); }
};
using Context = std::unique_ptr<SSL_CTX, FreeContext>;

bool is_address(const std::string& host) {
  std::array<unsigned char, 16> ignored{};
  return inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}

/// What an error of OpenSSL's queue says; 0: none was left there.
std::string reason_of(unsigned long error) {
  // HTTP/2 is the only protocol that is ever asked for by name.
  if (ERR_GET_REASON(error) == SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL) {
    return "the server does not speak HTTP/2";
  }
  const char* const reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : "the connection broke";
}

class OpenSslSession final : public TlsSession {
 public:
  OpenSslSession(SSL_CTX* context, int socket, const std::string& host, bool verifies)
      : session_{SSL_new(context)} {
    SSL_set_fd(session_.get(), socket);
    SSL_set_connect_state(session_.get());
    if (!is_address(host)) {
      // The macro SSL_set_tlsext_host_name, without its cast.
      SSL_ctrl(session_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               const_cast<char*>(host.c_str()));  // NOLINT: it is not written to
    }
    if (verifies && is_address(host)) {
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session_.get()), host.c_str());
    } else if (verifies) {
      SSL_set1_host(session_.get(), host.c_str());
    }
  }

  Status handshake() override {
    ERR_clear_error();
    return status_of(SSL_do_handshake(session_.get()));
  }
  Moved read(std::span<char> into) override {
    ERR_clear_error();
    std::size_t bytes = 0;
    const int done = SSL_read_ex(session_.get(), into.data(), into.size(), &bytes);
    return {status_of(done), bytes};
  }
  Moved write(std::string_view from) override {
    ERR_clear_error();
    std::size_t bytes = 0;
    const int done = SSL_write_ex(session_.get(), from.data(), from.size(), &bytes);
    return {status_of(done), bytes};
  }
  [[nodiscard]] const std::string& failure() const noexcept override { return failure_; }
  [[nodiscard]] bool agreed_on_http2() const noexcept override {
    const unsigned char* protocol = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(session_.get(), &protocol, &length);
    return std::string_view{reinterpret_cast<const char*>(protocol), length} == "h2";
  }

 private:
  Status status_of(int done) {
    if (done == 1) {
      return Status::done;
    }
    switch (SSL_get_error(session_.get(), done)) {
      case SSL_ERROR_WANT_READ:
      case SSL_ERROR_WANT_WRITE:
        return Status::blocked;
      case SSL_ERROR_ZERO_RETURN:
        return Status::ended;
      default:
        break;
    }
    const long verified = SSL_get_verify_result(session_.get());
    failure_ = verified != X509_V_OK ? X509_verify_cert_error_string(verified)
                                     : reason_of(ERR_get_error());
    return Status::failed;
  }

  std::unique_ptr<SSL, FreeSession> session_;
  std::string failure_;
};

class OpenSslClient final : public TlsClient {
 public:
  OpenSslClient(Context context, std::string host, bool verifies)
      : context_{std::move(context)}, host_{std::move(host)}, verifies_{verifies} {}
  [[nodiscard]] std::unique_ptr<TlsSession> begin(int socket) override {
    return std::make_unique<OpenSslSession>(context_.get(), socket, host_, verifies_);
  }

 private:
  Context context_;
  std::string host_;
  bool verifies_;
};

/// The name of a protocol as ALPN wants it: its length first.
std::string_view alpn_of(TlsProtocol protocol) {
  return protocol == TlsProtocol::http_2 ? "\x02h2" : "\x08http/1.1";
}

}  // namespace

Result<std::unique_ptr<TlsClient>> make_tls_client(const TlsSettings& settings,
                                                   const std::string& host, TlsProtocol protocol) {
  Context context{SSL_CTX_new(TLS_client_method())};
  if (context == nullptr) {
    return Error::unavailable("OpenSSL could not be set up; check its configuration");
  }
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), settings.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  // Idle connections give their buffers back, and an unsent rest may have moved when it is tried
  // again.
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Many servers close without a close_notify; a length or a last chunk says whether all came.
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  const std::string_view alpn = alpn_of(protocol);
  SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                          static_cast<unsigned>(alpn.size()));
  const bool trusts = settings.ca.empty() ? SSL_CTX_set_default_verify_paths(context.get()) == 1
                                          : SSL_CTX_load_verify_locations(
                                                context.get(), settings.ca.c_str(), nullptr) == 1;
  if (!trusts) {
    return Error::usage(
        fmt::format("tls.ca: {} holds no certificates that can be read; give a PEM file",
                    in_quotes(settings.ca)));
  }
  return std::unique_ptr<TlsClient>{std::make_unique<OpenSslClient>(
      std::move(context), settings.name.empty() ? host : settings.name, settings.verify)};
}

bool has_tls() noexcept { return true; }

}  // namespace queuemeter
