// SPDX-License-Identifier: Apache-2.0
#include "harness/front/callback_receiver.hpp"

#include "harness/front/result_lines.hpp"

#include <fmt/format.h>

#include <string_view>

namespace queuemeter {
namespace {

constexpr std::string_view common_path = "/callbacks/";

constexpr unsigned received = 204;
constexpr unsigned bad_request = 400;
constexpr unsigned forged = 403;
constexpr unsigned not_found = 404;
constexpr unsigned not_allowed = 405;

}  // namespace

CallbackReceiver::CallbackReceiver(const Clock& clock, const CallTokens& tokens,
                                   const HttpExpectation& expected)
    : clock_{clock}, tokens_{tokens}, check_{expected}, looks_at_body_{expected.looks_at_body()} {}

CallbackReceiver::~CallbackReceiver() = default;

Result<void> CallbackReceiver::listen(boost::asio::io_context& loop) {
  Result<std::unique_ptr<HttpServer>> server = HttpServer::start(loop, clock_, {}, *this);
  if (!server) {
    return server.error();
  }
  server_ = std::move(*server);
  url_ = fmt::format("http://127.0.0.1:{}{}", server_->port(), common_path);
  return {};
}

void CallbackReceiver::close() {
  server_.reset();
  sink_ = nullptr;
}

void CallbackReceiver::append_url(std::uint64_t sequence, std::string& text) const {
  const CallTokens::Text token = tokens_.text_of(sequence);
  text.append(url_).append(token.data(), token.size());
}

void CallbackReceiver::requested(const HttpRequest& request, HttpReply reply) {
  reply.answer(receive(request));
}

unsigned CallbackReceiver::receive(const HttpRequest& request) {
  if (!request.path().starts_with(common_path)) {
    return not_found;
  }
  if (request.method != "POST" && request.method != "PUT") {
    return not_allowed;
  }
  const auto sequence = tokens_.sequence_of(request.path().substr(common_path.size()));
  if (!sequence.has_value()) {
    ++counts_.forged;
    return forged;
  }
  std::optional<ToldResult> result = read_result_lines(request.fields);
  if (!result.has_value()) {
    return bad_request;
  }
  if (result->outcome == Outcome::completed && looks_at_body_) {
    constexpr unsigned good = 200;
    result->reason = check_.reason_of(good, request.body);
    result->outcome = result->reason == Reason::none ? Outcome::completed : Outcome::failed;
  }
  ++counts_.received;
  sink_->completed({.sequence = *sequence,
                    .outcome = result->outcome,
                    .reason = result->reason,
                    .taken_at = result->at.taken_at,
                    .called_at = result->at.called_at,
                    .replied_at = result->at.replied_at,
                    .returned_at = clock_.now()});
  return received;
}

}  // namespace queuemeter
