// SPDX-License-Identifier: Apache-2.0
#include "tests/backend/client_driver.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <utility>

namespace queuemeter {

struct ClientDriver::Loop {
  boost::asio::io_context context{1};
};

ClientDriver::ClientDriver(HttpBackendSettings settings, const CallPlaces* places)
    : loop_{std::make_unique<Loop>()},
      backend_{make_http_backend(std::move(settings), places).value()},
      client_{backend_->make_client(clock_, *this, &loop_->context)} {}

ClientDriver::~ClientDriver() = default;

CallHandle ClientDriver::begin(std::uint32_t payload_bytes) {
  CallRecord& record = records_.emplace_back();
  record.call.payload_bytes = payload_bytes;
  record.call.deadline = deadline;
  record.call.caller = caller;
  const CallHandle call{&record, records_.size() - 1};
  record.call.sequence = call.sequence;
  record.call.draw_key = draw_key.value_or(call.sequence);
  client_->begin(call, clock_.now());
  return call;
}

void ClientDriver::abandon(CallHandle call) { client_->abandon(call); }

bool ClientDriver::run_until(const std::function<bool()>& is_done) {
  const Instant gives_up_at = clock_.now() + std::chrono::seconds{10};
  while (!is_done()) {
    if (clock_.now() > gives_up_at) {
      return false;
    }
    turn();
  }
  return true;
}

bool ClientDriver::run_until_settled(std::size_t calls) {
  return run_until([&] { return settled.size() >= calls; });
}

void ClientDriver::run_for(Duration span) {
  const Instant end = clock_.now() + span;
  while (clock_.now() < end) {
    turn();
  }
}

Reply ClientDriver::call(std::uint32_t payload_bytes) {
  const std::size_t before = settled.size();
  begin(payload_bytes);
  return run_until_settled(before + 1) ? settled.back().reply : Reply{Reason::drain_ended};
}

std::size_t ClientDriver::in_flight() const { return client_->in_flight(); }

void ClientDriver::destroy_client() { client_.reset(); }

void ClientDriver::replied(CallHandle call, const Reply& reply) {
  settled.push_back({call.sequence, reply});
  if (then) {
    then(call, reply);
  }
}

void ClientDriver::turn() {
  loop_->context.restart();
  loop_->context.run_one_for(std::chrono::milliseconds{1});
  if (client_ != nullptr) {
    client_->step(clock_.now());
  }
}

}  // namespace queuemeter
