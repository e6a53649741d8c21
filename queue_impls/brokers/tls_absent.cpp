// SPDX-License-Identifier: Apache-2.0
// Stands in for tls_session.cpp where OpenSSL is missing.
#include "queue_impls/brokers/tls_session.hpp"

namespace queuemeter::queues {

Result<std::unique_ptr<TlsContext>> make_tls_context(const std::string& /*ca_file*/,
                                                     bool /*insecure*/) {
  return Error::usage(
      "queue.use: TLS (rediss://) is not built here; install libssl-dev and build again, or use "
      "redis://");
}

}  // namespace queuemeter::queues
