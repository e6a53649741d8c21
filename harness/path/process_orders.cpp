// SPDX-License-Identifier: Apache-2.0
#include "harness/path/process_orders.hpp"

#include "harness/queue/queue.hpp"

#include <algorithm>
#include <bit>
#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace queuemeter {
namespace {

/// "QMW" and the version. Whoever changes what is written below counts it up.
constexpr std::uint64_t magic = 0x0000'0002'0057'4d51U;

class Writer {
 public:
  void number(std::uint64_t value) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
      bytes_.push_back(static_cast<std::byte>(value >> shift));
    }
  }
  void put(double value) { number(std::bit_cast<std::uint64_t>(value)); }
  void put(Duration value) { number(static_cast<std::uint64_t>(value.count())); }
  void put(Instant value) { put(value.time_since_epoch()); }
  void put(std::string_view text) {
    number(text.size());
    const auto bytes = std::as_bytes(std::span{text});
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void put(const std::string& text) { put(std::string_view{text}); }
  void put(const Distribution& value) { put(value.to_text()); }
  void put(const RateLimit& value) { put_all(value.calls, value.per); }
  void put(const FreezeWindow& value) { put_all(value.from, value.length); }
  template <class Integer>
  requires std::integral<Integer> || std::is_enum_v<Integer>
  void put(Integer value) { number(static_cast<std::uint64_t>(value)); }
  template <class Value>
  void put(const std::optional<Value>& value) {
    put(value.has_value());
    if (value.has_value()) {
      put(*value);
    }
  }
  template <class First, class Second>
  void put(const std::pair<First, Second>& value) {
    put_all(value.first, value.second);
  }
  template <class Value>
  void put(const std::vector<Value>& values) {
    number(values.size());
    for (const Value& value : values) {
      put(value);
    }
  }
  // A member that is added to one of these makes its line below a compile error: a child must not
  // silently do without it.
  void put(const QueueSettings& value) {
    const auto& [use, bound, when_full, wait, batch, window, prefetch, stamps, options] = value;
    put_all(use, bound, when_full, wait, batch, window, prefetch, stamps, options);
  }
  void put(const ServiceModel& value) {
    const auto& [time, errors, hangs, concurrency, queue, seed, work, limit] = value;
    put_all(time, errors, hangs, concurrency, queue, seed, work, limit);
  }
  void put(const SyntheticSettings& value) {
    const auto& [model, timeout, freezes] = value;
    put_all(model, timeout, freezes);
  }
  void put(const StatusSet& value) { put(value.to_text()); }
  void put(const SourceAddresses& value) { put_all(value.first, value.count); }
  void put(const Rate& value) { put(value.calls_per_second()); }
  void put(const TlsSettings& value) {
    const auto& [verify, ca, name] = value;
    put_all(verify, ca, name);
  }
  void put(const HttpTimeouts& value) {
    const auto& [connect, tls, first_byte, whole] = value;
    put_all(connect, tls, first_byte, whole);
  }
  void put(const HttpExpectation& value) {
    const auto& [status, body, json] = value;
    put_all(status, body, json);
  }
  void put(const HttpClientSettings& value) {
    const auto& [method, protocol, connection, connections, open, open_rate, pipelining, tls,
                 lookup, source_addresses, timeouts, cancel_at_deadline, cookies, expect] = value;
    put_all(method, protocol, connection, connections, open, open_rate, pipelining, tls, lookup,
            source_addresses, timeouts, cancel_at_deadline, cookies, expect);
  }
  void put(const HttpRequestSettings& value) {
    const auto& [headers, body, data] = value;
    put_all(headers, body, data);
  }
  void put(const KeptParts& value) {
    const auto& [location, cookies, body_bytes] = value;
    put_all(location, cookies, body_bytes);
  }
  void put(const HttpBackendSettings& value) {
    const auto& [url, client, request, target, class_names, kept, seed, has_account] = value;
    put_all(url, client, request, target, class_names, kept, seed, has_account);
  }
  void put(const RetryRules& value) {
    const auto& [kind, attempts, delay, jitter, budget] = value;
    put_all(kind, attempts, delay, jitter, budget);
  }
  template <class... Values>
  void put_all(const Values&... values) {
    (put(values), ...);
  }

  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

/// Reads what `Writer` wrote, in the same order; once something is wrong, everything is empty.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_{bytes} {}

  std::uint64_t number() {
    if (!sound_ || bytes_.size() < 8) {
      sound_ = false;
      return 0;
    }
    std::uint64_t value = 0;
    for (unsigned index = 0; index < 8; ++index) {
      value |= std::to_integer<std::uint64_t>(bytes_[index]) << (8U * index);
    }
    bytes_ = bytes_.subspan(8);
    return value;
  }
  void get(double& value) { value = std::bit_cast<double>(number()); }
  void get(Duration& value) { value = Duration{static_cast<Duration::rep>(number())}; }
  void get(Instant& value) {
    value = instant_from_nanoseconds(static_cast<std::int64_t>(number()));
  }
  void get(std::string& text) {
    const std::uint64_t size = number();
    sound_ = sound_ && size <= bytes_.size();
    const std::span<const std::byte> bytes = bytes_.first(sound_ ? size : 0);
    text.resize(bytes.size());
    std::ranges::transform(bytes, text.begin(), [](std::byte byte) {
      return static_cast<char>(std::to_integer<unsigned char>(byte));
    });
    bytes_ = bytes_.subspan(bytes.size());
  }
  void get(Distribution& value) {
    std::string text;
    get(text);
    const Result<Distribution> parsed = Distribution::parse(text);
    sound_ = sound_ && parsed.has_value();
    if (sound_) {
      value = *parsed;
    }
  }
  void get(RateLimit& value) { get_all(value.calls, value.per); }
  void get(FreezeWindow& value) { get_all(value.from, value.length); }
  template <class Integer>
  requires std::integral<Integer> || std::is_enum_v<Integer>
  void get(Integer& value) { value = static_cast<Integer>(number()); }
  template <class Value>
  void get(std::optional<Value>& value) {
    bool has_value = false;
    get(has_value);
    value.reset();
    if (has_value && sound_) {
      get(value.emplace());
    }
  }
  template <class First, class Second>
  void get(std::pair<First, Second>& value) {
    get_all(value.first, value.second);
  }
  template <class Value>
  void get(std::vector<Value>& values) {
    values.clear();
    for (std::uint64_t left = number(); left > 0 && sound_; --left) {
      get(values.emplace_back());
    }
  }
  void get(QueueSettings& value) {
    get_all(value.use, value.bound, value.when_full, value.wait, value.batch, value.window,
            value.prefetch, value.stamps, value.options);
  }
  void get(ServiceModel& value) {
    get_all(value.service_time, value.error_rate, value.hang_rate, value.concurrency, value.queue,
            value.seed, value.work, value.rate_limit);
  }
  void get(SyntheticSettings& value) { get_all(value.model, value.client_timeout, value.freezes); }
  void get(StatusSet& value) {
    std::string text;
    get(text);
    const Result<StatusSet> parsed = StatusSet::parse(text);
    sound_ = sound_ && parsed.has_value();
    if (sound_) {
      value = *parsed;
    }
  }
  void get(SourceAddresses& value) { get_all(value.first, value.count); }
  void get(Rate& value) {
    double calls = 0.0;
    get(calls);
    value = Rate::per_second(calls);
  }
  void get(TlsSettings& value) { get_all(value.verify, value.ca, value.name); }
  void get(HttpTimeouts& value) {
    get_all(value.connect, value.tls, value.first_byte, value.whole);
  }
  void get(HttpExpectation& value) { get_all(value.status, value.body, value.json); }
  void get(HttpClientSettings& value) {
    get_all(value.method, value.protocol, value.connection, value.connections, value.open,
            value.open_rate, value.pipelining, value.tls, value.lookup, value.source_addresses,
            value.timeouts, value.cancel_at_deadline, value.cookies, value.expect);
  }
  void get(HttpRequestSettings& value) { get_all(value.headers, value.body, value.data); }
  void get(KeptParts& value) { get_all(value.location, value.cookies, value.body_bytes); }
  void get(HttpBackendSettings& value) {
    get_all(value.url, value.client, value.request, value.target, value.class_names, value.kept,
            value.seed, value.has_account);
  }
  void get(RetryRules& value) {
    get_all(value.kind, value.attempts, value.delay, value.jitter, value.budget);
  }
  template <class... Values>
  void get_all(Values&... values) {
    (get(values), ...);
  }

  [[nodiscard]] bool is_sound() const noexcept { return sound_; }
  [[nodiscard]] bool is_at_end() const noexcept { return bytes_.empty(); }

 private:
  std::span<const std::byte> bytes_;
  bool sound_ = true;
};

void get_backend(Reader& reader, ProcessOrders& orders) {
  switch (reader.number()) {
    case 1:
      reader.get(orders.backend.emplace<SyntheticSettings>());
      break;
    case 2:
      reader.get(orders.backend.emplace<HttpBackendSettings>());
      break;
    default:
      break;
  }
}

// Not inlined: g++ 12 would follow the optional's vector through it and take it for uninitialized.
[[gnu::noinline]] void read_all(Reader& reader, ProcessOrders& orders) {
  reader.get_all(orders.run_id, orders.seed, orders.largest_payload, orders.queue, orders.replies);
  reader.get_all(orders.retry, orders.poll, orders.boot, orders.share, orders.share_jitter,
                 orders.crash_rate, orders.acknowledges);
  get_backend(reader, orders);
}

}  // namespace

QueueSettings to_attach(const QueueSettings& settings, const Queue& queue) {
  QueueSettings attached = settings;
  for (const auto& [name, value] : queue.effective_settings()) {
    if (name == "id") {
      attached.options.emplace_back(name, value);
    }
  }
  return attached;
}

std::vector<std::byte> encode(const ProcessOrders& orders) {
  Writer writer;
  writer.number(magic);
  writer.put_all(orders.run_id, orders.seed, orders.largest_payload, orders.queue, orders.replies);
  writer.put_all(orders.retry, orders.poll, orders.boot, orders.share, orders.share_jitter,
                 orders.crash_rate, orders.acknowledges);
  writer.number(orders.backend.index());
  if (const auto* const synthetic = std::get_if<SyntheticSettings>(&orders.backend)) {
    writer.put(*synthetic);
  }
  if (const auto* const http = std::get_if<HttpBackendSettings>(&orders.backend)) {
    writer.put(*http);
  }
  return writer.take();
}

Result<ProcessOrders> decode_orders(std::span<const std::byte> bytes) {
  Reader reader{bytes};
  if (reader.number() != magic) {
    return Error::usage(
        "worker: these orders are of another version, or none; `queuemeter run` starts workers "
        "with workers.kind = \"process\"");
  }
  ProcessOrders orders;
  read_all(reader, orders);
  if (!reader.is_sound() || !reader.is_at_end()) {
    return Error::usage(
        "worker: its orders are mutilated; parent and child must be the same build of queuemeter");
  }
  return orders;
}

}  // namespace queuemeter
