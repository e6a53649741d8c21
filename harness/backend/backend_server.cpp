// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/backend_server.hpp"

#include "harness/net/listening_socket.hpp"

#include <utility>

namespace queuemeter {
namespace {

constexpr std::size_t connections_of_a_pool = 8192;
constexpr std::size_t connections_of_events = 18'000;
constexpr std::size_t other_descriptors = 64;

}  // namespace

Result<std::unique_ptr<BackendServer>> BackendServer::start(BackendServerSettings settings,
                                                            RequestObserver* observer) {
  const bool is_event = settings.serves == BackendModel::event;
  if (is_event && settings.model.work == ServiceModel::Work::burn) {
    return Error::usage(
        "the backend model event: cannot burn CPU time, which would hold up all its connections; "
        "use the model pool");
  }
  if (!is_event && (settings.bandwidth || observer != nullptr)) {
    return Error::usage(
        "the backend model pool: has neither a bandwidth nor an observer; use the model event");
  }
  if (settings.connections == 0) {
    settings.connections = is_event ? connections_of_events : connections_of_a_pool;
  }
  raise_descriptor_limit(settings.connections + other_descriptors);
  auto server = is_event ? start_event_server(std::move(settings), observer)
                         : start_pool_server(std::move(settings));
  if (server.has_error()) {
    return Error{server.error().kind, "the backend " + server.error().what};
  }
  return server;
}

}  // namespace queuemeter
