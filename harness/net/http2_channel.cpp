// SPDX-License-Identifier: Apache-2.0
#include "harness/net/http_channel.hpp"
#include "harness/net/stream.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nghttp2/nghttp2.h>
#include <unordered_map>
#include <utility>

namespace queuemeter {
namespace {

constexpr std::string_view accepted_status = ":status";

/// One request and what has come of its answer.
struct Exchange {
  ExchangeNumber number = 0;
  std::string content;  // of the request, while it is being sent
  std::size_t sent = 0;
  unsigned status = 0;
  bool is_answering = false;
  std::unique_ptr<KeptAnswer> kept;
};

struct FreeSession {
  void operator()(nghttp2_session* session) const noexcept { nghttp2_session_del(session); }
};

struct FreeCallbacks {
  void operator()(nghttp2_session_callbacks* callbacks) const noexcept {
    nghttp2_session_callbacks_del(callbacks);
  }
};

nghttp2_nv header_of(const std::pair<std::string, std::string>& header) {
  const auto bytes = [](const std::string& text) {
    // It takes what it does not change as if it might.
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));  // NOLINT
  };
  return {bytes(header.first), bytes(header.second), header.first.size(), header.second.size(),
          NGHTTP2_NV_FLAG_NONE};
}

/// HTTP/2 on one stream of bytes, with as many requests under way as the rules and the server
/// allow. Frames, header compression and windows are the library's.
class Http2Channel final : public HttpChannel, private Stream::Owner {
 public:
  Http2Channel(SocketPoll& poll, HttpChannel::Owner& owner, const HttpChannelRules& rules)
      : owner_{owner}, rules_{rules}, stream_{poll, *this, rules.tls} {}
  ~Http2Channel() override { close(); }

  void open(const SocketAddress& to, const SocketAddress* from) override {
    stream_.connect(to, from);
  }
  void begin(ExchangeNumber number, RequestForms& forms) override;
  void cancel(ExchangeNumber number) override;
  void close() noexcept override {
    session_.reset();
    stream_.close();
    exchanges_.clear();
  }
  [[nodiscard]] std::size_t under_way() const noexcept override { return exchanges_.size(); }
  [[nodiscard]] std::size_t room() const noexcept override;

 private:
  using Exchanges = std::unordered_map<std::int32_t, Exchange>;

  void shaking_hands() override { owner_.shaking_hands(*this); }
  void connected() override;
  void not_connected(const std::string& why) override { owner_.not_opened(*this, why); }
  void received(std::string_view bytes) override;
  void ended(bool orderly) override;

  [[nodiscard]] bool start_session();
  void send_frames();
  void tell_of_ended();
  void end_all(Failure failure);
  void note_header(std::int32_t stream, std::string_view name, std::string_view value);
  void note_content(std::int32_t stream, std::string_view bytes);
  void note_end(std::int32_t stream, std::uint32_t error);
  [[nodiscard]] Exchange* exchange_of(std::int32_t stream);
  ssize_t read_content(std::int32_t stream, std::uint8_t* into, std::size_t most,
                       std::uint32_t* flags);

  static Http2Channel& self(void* user) { return *static_cast<Http2Channel*>(user); }
  static nghttp2_session_callbacks* callbacks();

  HttpChannel::Owner& owner_;
  const HttpChannelRules& rules_;
  Stream stream_;
  std::unique_ptr<nghttp2_session, FreeSession> session_;  // while connected
  Exchanges exchanges_;
  // Of those that have ended, until the library has returned: an owner may close the channel.
  std::vector<std::pair<Exchange, std::uint32_t>> over_;
  bool is_draining_ = false;  // the server takes no more requests
};

nghttp2_session_callbacks* Http2Channel::callbacks() {
  static const auto made = [] {
    nghttp2_session_callbacks* fresh = nullptr;
    nghttp2_session_callbacks_new(&fresh);
    nghttp2_session_callbacks_set_on_header_callback(
        fresh, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                  std::size_t name_bytes, const std::uint8_t* value, std::size_t value_bytes,
                  std::uint8_t, void* user) {
          self(user).note_header(frame->hd.stream_id,
                                 {reinterpret_cast<const char*>(name), name_bytes},
                                 {reinterpret_cast<const char*>(value), value_bytes});
          return 0;
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        fresh, [](nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* bytes,
                  std::size_t count, void* user) {
          self(user).note_content(stream, {reinterpret_cast<const char*>(bytes), count});
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        fresh, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
          if (frame->hd.type == NGHTTP2_GOAWAY) {
            self(user).is_draining_ = true;
          }
          return 0;
        });
    nghttp2_session_callbacks_set_on_stream_close_callback(
        fresh, [](nghttp2_session*, std::int32_t stream, std::uint32_t error, void* user) {
          self(user).note_end(stream, error);
          return 0;
        });
    return std::unique_ptr<nghttp2_session_callbacks, FreeCallbacks>{fresh};
  }();
  return made.get();
}

void Http2Channel::connected() {
  if (rules_.tls != nullptr && !stream_.agreed_on_http2()) {
    close();
    owner_.not_opened(*this, "the server does not speak HTTP/2");
    return;
  }
  if (!start_session()) {
    close();
    owner_.not_opened(*this, "HTTP/2 could not be set up");
    return;
  }
  owner_.opened(*this);
}

bool Http2Channel::start_session() {
  nghttp2_session* session = nullptr;
  is_draining_ = false;
  if (nghttp2_session_client_new(&session, callbacks(), this) != 0) {
    return false;
  }
  session_.reset(session);
  // Large windows: a load generator reads at once what comes.
  constexpr std::uint32_t window = std::uint32_t{1} << 24U;
  const std::array settings{nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
                            nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window}};
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(window));
  send_frames();
  return true;
}

std::size_t Http2Channel::room() const noexcept {
  if (session_ == nullptr || is_draining_) {
    return 0;
  }
  const std::size_t allowed = std::min<std::size_t>(
      rules_.depth,
      nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS));
  return allowed - std::min(allowed, exchanges_.size());
}

void Http2Channel::begin(ExchangeNumber number, RequestForms& forms) {
  const Http2Request& request = forms.as_http2();
  std::vector<nghttp2_nv> headers(request.headers.size());
  std::transform(request.headers.begin(), request.headers.end(), headers.begin(), header_of);
  nghttp2_data_provider provider{};
  provider.read_callback = [](nghttp2_session*, std::int32_t stream, std::uint8_t* into,
                              std::size_t most, std::uint32_t* flags, nghttp2_data_source*,
                              void* user) {
    return self(user).read_content(stream, into, most, flags);
  };
  const std::int32_t stream =
      nghttp2_submit_request(session_.get(), nullptr, headers.data(), headers.size(),
                             request.has_content ? &provider : nullptr, nullptr);
  Exchange& exchange = exchanges_[stream];
  exchange.number = number;
  exchange.content = request.content;
  if (rules_.kept.any()) {
    exchange.kept = std::make_unique<KeptAnswer>(rules_.kept);
  }
  send_frames();
}

ssize_t Http2Channel::read_content(std::int32_t stream, std::uint8_t* into, std::size_t most,
                                   std::uint32_t* flags) {
  Exchange* const exchange = exchange_of(stream);
  if (exchange == nullptr) {
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  const std::size_t count = std::min(most, exchange->content.size() - exchange->sent);
  std::copy_n(exchange->content.data() + exchange->sent, count, into);
  exchange->sent += count;
  if (exchange->sent == exchange->content.size()) {
    *flags |= NGHTTP2_DATA_FLAG_EOF;
  }
  return static_cast<ssize_t>(count);
}

void Http2Channel::cancel(ExchangeNumber number) {
  const auto found = std::find_if(exchanges_.begin(), exchanges_.end(),
                                  [&](const auto& entry) { return entry.second.number == number; });
  if (found != exchanges_.end()) {
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, found->first, NGHTTP2_CANCEL);
    exchanges_.erase(found);
    send_frames();
  }
}

void Http2Channel::send_frames() {
  const std::uint8_t* bytes = nullptr;
  for (ssize_t count = nghttp2_session_mem_send(session_.get(), &bytes); count > 0;
       count = nghttp2_session_mem_send(session_.get(), &bytes)) {
    stream_.send({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count)});
  }
}

void Http2Channel::received(std::string_view bytes) {
  const ssize_t used = nghttp2_session_mem_recv(
      session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  send_frames();
  tell_of_ended();
  if (used < 0) {
    end_all(Failure::not_http);
  } else if (session_ != nullptr && is_draining_ && exchanges_.empty()) {
    end_all(Failure::disconnected);
  }
}

void Http2Channel::tell_of_ended() {
  std::vector<std::pair<Exchange, std::uint32_t>> over = std::exchange(over_, {});
  for (auto& [exchange, error] : over) {
    if (error == NGHTTP2_NO_ERROR && exchange.status != 0) {
      owner_.answered(*this, exchange.number, {exchange.status, exchange.kept.get()});
    } else {
      owner_.failed(*this, exchange.number, Failure::disconnected);
    }
  }
}

void Http2Channel::ended(bool /*orderly*/) { end_all(Failure::disconnected); }

/// The first exchange is told the reason, the others only that their connection has gone.
void Http2Channel::end_all(Failure failure) {
  session_.reset();
  stream_.close();
  const Exchanges exchanges = std::exchange(exchanges_, {});
  for (const auto& [stream, exchange] : exchanges) {
    owner_.failed(*this, exchange.number, std::exchange(failure, Failure::disconnected));
  }
  owner_.ended(*this);
}

Exchange* Http2Channel::exchange_of(std::int32_t stream) {
  const auto found = exchanges_.find(stream);
  return found == exchanges_.end() ? nullptr : &found->second;
}

void Http2Channel::note_header(std::int32_t stream, std::string_view name, std::string_view value) {
  Exchange* const exchange = exchange_of(stream);
  if (exchange == nullptr) {
    return;
  }
  if (!std::exchange(exchange->is_answering, true)) {
    owner_.answering(*this, exchange->number);
  }
  if (name == accepted_status) {  // an interim answer's is overwritten by the one that follows
    std::from_chars(value.data(), value.data() + value.size(), exchange->status);
  } else if (exchange->kept != nullptr && exchange->kept->begin_field(name)) {
    for (const char byte : value) {
      exchange->kept->add_value(byte);
    }
    exchange->kept->end_field();
  }
}

void Http2Channel::note_content(std::int32_t stream, std::string_view bytes) {
  Exchange* const exchange = exchange_of(stream);
  if (exchange != nullptr && exchange->kept != nullptr) {
    exchange->kept->add_body(bytes);
  }
}

void Http2Channel::note_end(std::int32_t stream, std::uint32_t error) {
  const auto found = exchanges_.find(stream);
  if (found != exchanges_.end()) {
    over_.emplace_back(std::move(found->second), error);
    exchanges_.erase(found);
  }
}

}  // namespace

bool has_http2() noexcept { return true; }

std::unique_ptr<HttpChannel> make_http2_channel(SocketPoll& poll, HttpChannel::Owner& owner,
                                                const HttpChannelRules& rules) {
  return std::make_unique<Http2Channel>(poll, owner, rules);
}

}  // namespace queuemeter
