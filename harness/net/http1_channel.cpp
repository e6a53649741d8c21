// SPDX-License-Identifier: Apache-2.0
#include "harness/net/http_channel.hpp"
#include "harness/net/http_response_parser.hpp"
#include "harness/net/stream.hpp"

#include <optional>
#include <utility>

namespace queuemeter {
namespace {

/// Exchanges in the order of their requests, which is that of their answers.
class ExchangeLine {
 public:
  explicit ExchangeLine(std::size_t room) : ring_(room) {}
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] std::size_t room() const noexcept { return ring_.size() - count_; }
  [[nodiscard]] ExchangeNumber front() const noexcept { return ring_[first_]; }
  void push(ExchangeNumber exchange) noexcept { ring_[place(count_++)] = exchange; }
  ExchangeNumber pop() noexcept {
    const ExchangeNumber exchange = ring_[first_];
    first_ = place(1);
    --count_;
    return exchange;
  }
  /// Takes one out of the middle; the others keep their order.
  void remove(ExchangeNumber exchange) noexcept {
    for (std::size_t left = count_; left > 0; --left) {
      const ExchangeNumber one = pop();
      if (one != exchange) {
        push(one);
      }
    }
  }

 private:
  [[nodiscard]] std::size_t place(std::size_t ahead) const noexcept {
    const std::size_t index = first_ + ahead;
    return index < ring_.size() ? index : index - ring_.size();
  }
  std::vector<ExchangeNumber> ring_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

/// HTTP/1.1 on one stream, with as many unanswered requests as the rules allow.
class Http1Channel final : public HttpChannel, private Stream::Owner, private Pollable {
 public:
  Http1Channel(SocketPoll& poll, HttpChannel::Owner& owner, const HttpChannelRules& rules)
      : poll_{poll},
        owner_{owner},
        rules_{rules},
        stream_{poll, *this, rules.tls},
        kept_{rules.kept.any() ? std::make_unique<KeptAnswer>(rules.kept) : nullptr},
        parser_{kept_.get()},
        line_{rules.depth} {}
  ~Http1Channel() override { close(); }

  void open(const SocketAddress& to, const SocketAddress* from) override {
    is_open_ = false;
    parser_.reset(asked());
    stream_.connect(to, from);
  }
  void begin(ExchangeNumber exchange, RequestForms& request) override {
    line_.push(exchange);
    stream_.send(request.as_http1());
  }
  void cancel(ExchangeNumber exchange) override {
    line_.remove(exchange);
    close_stream();
    poll_.call_soon(*this);
  }
  void close() noexcept override {
    close_stream();
    poll_.forget(*this);
    while (!line_.empty()) {
      line_.pop();
    }
  }
  [[nodiscard]] std::size_t under_way() const noexcept override { return line_.size(); }
  [[nodiscard]] std::size_t room() const noexcept override { return is_open_ ? line_.room() : 0; }

 private:
  void shaking_hands() override { owner_.shaking_hands(*this); }
  void connected() override {
    is_open_ = true;
    owner_.opened(*this);
  }
  void not_connected(const std::string& why) override { owner_.not_opened(*this, why); }
  void received(std::string_view bytes) override;
  void ended(bool orderly) override;
  /// Some time after `cancel`.
  void ready(std::uint32_t /*events*/) override { fail_rest(); }

  [[nodiscard]] HttpResponseParser::Asked asked() const noexcept {
    return rules_.answers_have_no_body ? HttpResponseParser::Asked::head
                                       : HttpResponseParser::Asked::whole;
  }
  [[nodiscard]] bool finish(bool has_more);
  void fail_first(Failure failure);
  void fail_rest();
  void close_stream() noexcept {
    is_open_ = false;
    stream_.close();
  }

  SocketPoll& poll_;
  HttpChannel::Owner& owner_;
  const HttpChannelRules& rules_;
  Stream stream_;
  std::unique_ptr<KeptAnswer> kept_;  // null where nothing is kept
  HttpResponseParser parser_;
  ExchangeLine line_;
  bool is_open_ = false;
};

void Http1Channel::received(std::string_view bytes) {
  while (!bytes.empty()) {
    if (line_.empty()) {  // it answers what nobody asked
      close_stream();
      fail_rest();
      return;
    }
    if (!parser_.started()) {
      owner_.answering(*this, line_.front());
    }
    bytes.remove_prefix(parser_.feed(bytes));
    if (parser_.failed()) {
      close_stream();
      fail_first(Failure::not_http);
      return;
    }
    if (!parser_.complete() || !finish(!bytes.empty())) {
      return;
    }
  }
}

/// Tells of a complete answer; false when the connection ends with it.
bool Http1Channel::finish(bool has_more) {
  const ExchangeNumber exchange = line_.pop();
  const bool goes_on = parser_.keep_alive() && !rules_.closes_after_answer &&
                       !stream_.is_sending() && (!has_more || !line_.empty());
  const HttpAnswer answer{parser_.status(), kept_.get()};
  if (!goes_on) {
    close_stream();
  }
  owner_.answered(*this, exchange, answer);
  if (!is_open_) {
    fail_rest();
    return false;
  }
  parser_.reset(asked());
  return true;
}

void Http1Channel::ended(bool orderly) {
  is_open_ = false;
  if (orderly && !line_.empty()) {
    parser_.end_of_stream();
  }
  if (!line_.empty() && parser_.complete()) {
    owner_.answered(*this, line_.pop(), {parser_.status(), kept_.get()});
  }
  fail_rest();
}

void Http1Channel::fail_first(Failure failure) {
  owner_.failed(*this, line_.pop(), failure);
  fail_rest();
}

void Http1Channel::fail_rest() {
  poll_.forget(*this);  // a cancelled exchange may have asked for this as well
  while (!line_.empty()) {
    owner_.failed(*this, line_.pop(), Failure::disconnected);
  }
  owner_.ended(*this);
}

}  // namespace

std::unique_ptr<HttpChannel> make_http1_channel(SocketPoll& poll, HttpChannel::Owner& owner,
                                                const HttpChannelRules& rules) {
  return std::make_unique<Http1Channel>(poll, owner, rules);
}

}  // namespace queuemeter
