// SPDX-License-Identifier: Apache-2.0
// Stands in for tls_client.cpp where OpenSSL is missing.
#include "harness/net/tls_client.hpp"

namespace queuemeter {

Result<std::unique_ptr<TlsClient>> make_tls_client(const TlsSettings& /*settings*/,
                                                   const std::string& /*host*/,
                                                   TlsProtocol /*protocol*/) {
  return Error::usage(
      "https is not built here; install libssl-dev and build again, or use an http:// URL");
}

bool has_tls() noexcept { return false; }

}  // namespace queuemeter
