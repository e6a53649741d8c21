// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/brokers/tls_session.hpp"

#include "harness/call/in_quotes.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <array>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <utility>

namespace queuemeter::queues {
namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
struct FreeSession {
  void operator()(SSL* session) const noexcept { SSL_free(session); }
};

bool is_address(const std::string& host) {
  std::array<unsigned char, 16> ignored{};
  return inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}

class OpenSslSession final : public TlsSession {
 public:
  OpenSslSession(SSL_CTX* context, const std::string& host)
      : session_{SSL_new(context)}, in_{BIO_new(BIO_s_mem())}, out_{BIO_new(BIO_s_mem())} {
    SSL_set_bio(session_.get(), in_, out_);  // which owns both from here on
    SSL_set_connect_state(session_.get());
    if (is_address(host)) {
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session_.get()), host.c_str());
    } else {
      SSL_set1_host(session_.get(), host.c_str());
      SSL_ctrl(session_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               const_cast<char*>(host.c_str()));  // NOLINT: OpenSSL's macro casts the same away
    }
  }

  Status handshake() override {
    if (!failure_.empty()) {
      return Status::failed;
    }
    ERR_clear_error();
    const int done = SSL_do_handshake(session_.get());
    if (done == 1) {
      return Status::established;
    }
    return fails(done) ? Status::failed : Status::wants_more;
  }

  void received(std::span<const char> encrypted) override {
    BIO_write(in_, encrypted.data(), static_cast<int>(encrypted.size()));
  }

  std::size_t read(std::span<char> plain) override {
    ERR_clear_error();
    std::size_t bytes = 0;
    const int done = SSL_read_ex(session_.get(), plain.data(), plain.size(), &bytes);
    if (done != 1) {
      fails(done);
      return 0;
    }
    return bytes;
  }

  bool write(std::string_view plain) override {
    ERR_clear_error();
    std::size_t written = 0;
    // The memory on the other side takes everything, so a write is never partial.
    const int done = SSL_write_ex(session_.get(), plain.data(), plain.size(), &written);
    return plain.empty() || (done == 1 && written == plain.size()) || !fails(done);
  }

  void take_unsent(ByteBuffer& out) override {
    for (std::size_t waiting = BIO_ctrl_pending(out_); waiting > 0;
         waiting = BIO_ctrl_pending(out_)) {
      const int moved = BIO_read(out_, out.room(waiting), static_cast<int>(waiting));
      if (moved <= 0) {
        return;
      }
      out.commit(static_cast<std::size_t>(moved));
    }
  }

  [[nodiscard]] const std::string& failure() const noexcept override { return failure_; }

 private:
  /// Whether `done` is a failure rather than a wait for more bytes; keeps the reason.
  bool fails(int done) {
    const int error = SSL_get_error(session_.get(), done);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
      return false;
    }
    const long verified = SSL_get_verify_result(session_.get());
    const char* const reason = ERR_reason_error_string(ERR_get_error());
    if (verified != X509_V_OK) {
      failure_ = X509_verify_cert_error_string(verified);
    } else if (error == SSL_ERROR_ZERO_RETURN) {
      failure_ = "the server ended the session";
    } else {
      failure_ = reason == nullptr ? "the session broke" : reason;
    }
    return true;
  }

  std::unique_ptr<SSL, FreeSession> session_;
  BIO* in_;   // owned by session_
  BIO* out_;  // owned by session_
  std::string failure_;
};

class OpenSslContext final : public TlsContext {
 public:
  explicit OpenSslContext(std::unique_ptr<SSL_CTX, FreeContext> context)
      : context_{std::move(context)} {}
  [[nodiscard]] std::unique_ptr<TlsSession> begin(const std::string& host) override {
    return std::make_unique<OpenSslSession>(context_.get(), host);
  }

 private:
  std::unique_ptr<SSL_CTX, FreeContext> context_;
};

}  // namespace

Result<std::unique_ptr<TlsContext>> make_tls_context(const std::string& ca_file, bool insecure) {
  std::unique_ptr<SSL_CTX, FreeContext> context{SSL_CTX_new(TLS_client_method())};
  if (context == nullptr) {
    return Error::unavailable("OpenSSL could not be set up; check its configuration");
  }
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  const bool trusts =
      ca_file.empty() ? SSL_CTX_set_default_verify_paths(context.get()) == 1
                      : SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr) == 1;
  if (!trusts) {
    return Error::usage(
        fmt::format("queue.options.ca: {} holds no certificates that can be read; give a PEM file",
                    in_quotes(ca_file)));
  }
  return std::unique_ptr<TlsContext>{std::make_unique<OpenSslContext>(std::move(context))};
}

}  // namespace queuemeter::queues
