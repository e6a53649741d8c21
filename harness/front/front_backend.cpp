// SPDX-License-Identifier: Apache-2.0
#include "harness/front/front_backend.hpp"

#include <string>
#include <utility>

namespace queuemeter {
namespace {

/// An answer of the backend is kept as far as this.
constexpr std::size_t longest_answer = std::size_t{64} * 1024;

/// Between the client of the backend and the worker: keeps the answer with its call.
class AnswerKeeper final : public BackendClient, private ReplySink {
 public:
  AnswerKeeper(const FrontBackend& front, ReplySink& sink) : front_{front}, sink_{sink} {}

  void connect(Backend& backend, const Clock& clock, boost::asio::io_context* loop) {
    client_ = backend.make_client(clock, *this, loop);
  }

  void begin(CallHandle call, Instant now) override { client_->begin(call, now); }
  void abandon(CallHandle call) override { client_->abandon(call); }
  Instant step(Instant now) override { return client_->step(now); }
  [[nodiscard]] std::size_t in_flight() const noexcept override { return client_->in_flight(); }
  [[nodiscard]] Instant next_wake() const noexcept override { return client_->next_wake(); }

 private:
  void replied(CallHandle call, const Reply& reply) override {
    if (FrontCall* const kept = front_.call_of(call.record->call)) {
      kept->answer.assign(reply.body);
      kept->status = reply.status;
    }
    sink_.replied(call, reply);
  }

  const FrontBackend& front_;
  ReplySink& sink_;
  std::unique_ptr<BackendClient> client_;
};

}  // namespace

Result<std::unique_ptr<FrontBackend>> FrontBackend::make(const FrontSettings& settings,
                                                         std::uint64_t run_id,
                                                         const FrontSeats& seats) {
  std::unique_ptr<FrontBackend> front{new FrontBackend{run_id, seats}};
  HttpBackendSettings http;
  http.url = settings.backend_url;
  http.client.connections = settings.worker_count;
  http.client.timeouts.whole = settings.backend_timeout;
  // What the one who begins the calls knows: here not a callback but the id, and not where a result
  // is but what was sent.
  http.request.headers = {{"X-Queuemeter-Call", "{callback}"}};
  http.request.body = "{result}";
  http.kept.body_bytes = longest_answer;
  auto backend = make_http_backend(std::move(http), front.get());
  if (backend.has_error()) {
    return Error{backend.error().kind, "--backend: " + backend.error().what};
  }
  front->http_ = std::move(*backend);
  return front;
}

std::unique_ptr<BackendClient> FrontBackend::make_client(const Clock& clock, ReplySink& sink,
                                                         boost::asio::io_context* loop) {
  auto keeper = std::make_unique<AnswerKeeper>(*this, sink);
  keeper->connect(*http_, clock, loop);
  return keeper;
}

void FrontBackend::append_callback(const Call& call, std::string& text) const {
  if (const FrontCall* const front_call = call_of(call)) {
    text.append(front_call->id);
  }
}

void FrontBackend::append_result(const Call& call, std::string& text) const {
  if (const FrontCall* const front_call = call_of(call)) {
    text.append(front_call->body);
  }
}

}  // namespace queuemeter
