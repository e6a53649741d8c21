// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/answer_check.hpp"
#include "harness/call/clock.hpp"
#include "harness/front/call_token.hpp"
#include "harness/front/completion.hpp"
#include "harness/net/http_server.hpp"

#include <memory>
#include <string>

namespace queuemeter {

/// Where a site reports the results of one offerer's calls: a server on this host's loopback.
///
/// Every call has a URL of its own, which nobody can guess (`CallTokens`): a report to any other is
/// refused with 403 and counted as forged. What a report says beside its coming, our own front end
/// says in header lines (`ToldResult`), and any site by a body, if one is expected.
///
/// Made and made to listen by the thread that prepares the run; then the offerer's thread only.
class CallbackReceiver final : public CompletionSource, private HttpServer::Handler {
 public:
  /// All of it must outlive the receiver.
  CallbackReceiver(const Clock& clock, const CallTokens& tokens, const HttpExpectation& expected);
  ~CallbackReceiver() override;

  [[nodiscard]] Result<void> listen(boost::asio::io_context& loop) override;
  void open(CompletionSink& sink) override { sink_ = &sink; }
  void close() override;
  [[nodiscard]] CompletionCounts counts() const noexcept override { return counts_; }

  /// Adds the URL for one call's result; when it listens.
  void append_url(std::uint64_t sequence, std::string& text) const;

 private:
  void requested(const HttpRequest& request, HttpReply reply) override;
  [[nodiscard]] unsigned receive(const HttpRequest& request);

  const Clock& clock_;
  const CallTokens& tokens_;
  AnswerCheck check_;
  bool looks_at_body_;
  std::unique_ptr<HttpServer> server_;
  std::string url_;  // of the server, with the path that all calls have in common
  CompletionSink* sink_ = nullptr;
  CompletionCounts counts_;
};

}  // namespace queuemeter
