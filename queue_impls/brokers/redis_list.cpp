// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/brokers/redis_list.hpp"

#include "harness/call/in_quotes.hpp"
#include "harness/call/quantity.hpp"
#include "queue_impls/brokers/redis_list_consumer.hpp"
#include "queue_impls/brokers/redis_list_producer.hpp"
#include "queue_impls/brokers/redis_reaper.hpp"

#include <fmt/format.h>

#include <chrono>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace queuemeter::queues {
namespace {

using TextPairs = std::vector<std::pair<std::string, std::string>>;

/// What the server said about itself before the run.
struct ServerFacts {
  std::string version;
  std::string run_id;  ///< another one after each start
  std::string append_only;
  std::string append_fsync;
  TextPairs settings;  ///< as `effective_settings` shows them
};

ServerFacts ask_for_facts(RedisClient& client) {
  ServerFacts facts;
  facts.version = client.info("server", "redis_version");
  facts.run_id = client.info("server", "run_id");
  facts.append_only = client.config("appendonly");
  facts.append_fsync = client.config("appendfsync");
  const auto show = [&facts](std::string_view name, std::string value) {
    facts.settings.emplace_back(name, value.empty() ? "not told" : std::move(value));
  };
  show("server_version", facts.version);
  show("appendonly", facts.append_only);
  show("appendfsync", facts.append_fsync);
  const std::string save = client.config("save");
  facts.settings.emplace_back("save", save.empty() ? "none" : save);
  show("maxmemory", client.config("maxmemory"));
  show("maxmemory_policy", client.config("maxmemory-policy"));
  show("role", client.info("replication", "role"));
  return facts;
}

/// Redis writes the append-only file before it answers; with `always` it also syncs it before.
/// Source: Redis documentation, "Redis persistence", "How durable is the append only file?".
ProducerGuarantee guarantee_of(const ServerFacts& facts) noexcept {
  if (facts.append_only != "yes") {
    return ProducerGuarantee::g1_acknowledged_volatile;
  }
  return facts.append_fsync == "always" ? ProducerGuarantee::g3_after_fsync
                                        : ProducerGuarantee::g2_survives_process_kill;
}

QueueTraits traits_of(const RedisListSettings& settings, const ServerFacts& facts) noexcept {
  QueueTraits traits = redis_list_traits;
  traits.producer_guarantee = guarantee_of(facts);
  if (settings.take == RedisTake::move) {
    traits.delivery = QueueDelivery::acked;
    traits.consumer_guarantee = ConsumerGuarantee::c1_ack_after_work;
  }
  return traits;
}

/// The list must be there for us: nothing, or an empty list.
Result<void> check_list(RedisClient& client, const std::string& list) {
  const Result<RespValue> type = client.call({"TYPE", list});
  if (!type) {
    return type.error();
  }
  if (type->is_error()) {
    return Error::usage(
        fmt::format("the Redis server does not let us use the list {} ({}); give "
                    "the user the rights to it",
                    in_quotes(list), one_line(type->text)));
  }
  if (type->text != "none" && type->text != "list") {
    return Error::usage(fmt::format("the Redis key {} holds a {}, not a list; name another one",
                                    in_quotes(list), one_line(type->text)));
  }
  const Result<std::int64_t> length = client.count({"LLEN", list});
  if (!length) {
    return length.error();
  }
  if (*length > 0) {
    return Error::usage(fmt::format(
        "the Redis list {} holds {} messages already, which are never purged; empty it or name "
        "another one",
        in_quotes(list), *length));
  }
  return {};
}

/// See redis_list.hpp.
class RedisList final : public Queue {
 public:
  RedisList(RedisListSettings settings, RedisServer server, const QueueContext& context,
            ServerFacts facts)
      : state_{std::move(settings), std::move(server), context, facts.run_id},
        facts_{std::move(facts)},
        traits_{traits_of(state_.settings, facts_)},
        is_owner_{context.is_owner},
        gauge_{state_.server, state_.clock, state_.name_of("gauge")} {
    gauge_opened_at_ = state_.clock.now();
    gauge_.open_and_await();  // so that the first look need not wait for a connection
    if (is_owner_ && state_.settings.take == RedisTake::move) {
      reaper_ = std::make_unique<RedisReaper>(state_);
    }
  }
  ~RedisList() override;

  [[nodiscard]] const QueueTraits& traits() const noexcept override { return traits_; }
  [[nodiscard]] std::unique_ptr<QueueProducer> make_producer(
      const Clock& clock, ConfirmationSink* sink, boost::asio::io_context* loop) override {
    return std::make_unique<RedisListProducer>(state_, clock, sink, loop);
  }
  [[nodiscard]] std::unique_ptr<QueueConsumer> make_consumer(const Clock& clock) override {
    return std::make_unique<RedisListConsumer>(state_, clock);
  }
  void close() noexcept override {
    state_.closed.store(true, std::memory_order_release);
    state_.wake_consumers();
  }
  void interrupt() noexcept override { state_.wake_consumers(); }
  [[nodiscard]] std::optional<std::size_t> depth() const noexcept override;
  [[nodiscard]] std::optional<std::size_t> bound() const noexcept override {
    return state_.settings.bound;
  }
  [[nodiscard]] TextPairs effective_settings() const override;
  [[nodiscard]] std::string version() const override {
    return facts_.version.empty() ? "redis" : "redis " + facts_.version;
  }
  [[nodiscard]] std::uint64_t redelivered() const noexcept override {
    return state_.redelivered.load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool can_be_swept() const noexcept override {
    return !state_.sweep_failed.load(std::memory_order_relaxed);
  }
  [[nodiscard]] Reason loss_reason(std::uint64_t nth) const noexcept override;

 private:
  /// How long a look at the depth may hold up who asks, and how old an answer may be.
  static constexpr Duration gauge_patience = std::chrono::milliseconds{2};
  static constexpr Duration gauge_age = std::chrono::seconds{1};

  void read_gauge() const;

  mutable RedisListState state_;
  ServerFacts facts_;
  QueueTraits traits_;
  bool is_owner_;
  std::unique_ptr<RedisReaper> reaper_;  // owner of a list that calls are moved from

  mutable std::mutex gauge_mutex_;  // guards what follows
  mutable RedisConnection gauge_;
  mutable bool gauge_asked_ = false;
  mutable std::optional<std::size_t> gauge_depth_;
  mutable Instant gauge_read_at_ = unobserved;
  mutable Instant gauge_opened_at_ = unobserved;
};

RedisList::~RedisList() {
  reaper_.reset();
  if (!is_owner_) {
    return;
  }
  RedisClient client{state_.server, state_.clock, state_.name_of("cleaner")};
  const Result<RespValue> holders = client.call({"SMEMBERS", state_.holders_key()});
  if (!holders) {
    return;  // the server has gone, and with it what we made there, or it will be found by its name
  }
  std::vector<std::string> ours{"UNLINK", state_.holders_key()};
  for (const RespValue& holder : holders->elements) {
    ours.push_back(holder.text);
  }
  if (!state_.settings.use_existing) {
    ours.push_back(state_.settings.list);
  }
  static_cast<void>(client.call(ours));
}

Reason RedisList::loss_reason(std::uint64_t nth) const noexcept {
  if (nth < state_.removed.load(std::memory_order_relaxed)) {
    return Reason::foreign_removal;
  }
  const bool restarted = state_.restarted.load(std::memory_order_relaxed);
  const bool forgets = traits_.producer_guarantee == ProducerGuarantee::g1_acknowledged_volatile;
  if (!(restarted && forgets) && nth < state_.in_hand_over.load(std::memory_order_relaxed)) {
    return Reason::hand_over;
  }
  return restarted ? Reason::queue_restarted : Reason::none;
}

std::optional<std::size_t> RedisList::depth() const noexcept {
  const std::lock_guard lock{gauge_mutex_};
  try {
    read_gauge();
  } catch (const std::bad_alloc&) {
    return std::nullopt;
  }
  const bool is_fresh =
      is_observed(gauge_read_at_) && state_.clock.now() - gauge_read_at_ <= gauge_age;
  return is_fresh ? gauge_depth_ : std::nullopt;
}

/// One step of asking for the length: connects, asks, reads, as far as the patience reaches. What
/// comes later is read next time.
void RedisList::read_gauge() const {
  const Instant now = state_.clock.now();
  const Instant until = now + gauge_patience;
  if (gauge_.is_closed()) {
    gauge_asked_ = false;
    if (is_observed(gauge_opened_at_) && now - gauge_opened_at_ < gauge_age) {
      return;
    }
    gauge_opened_at_ = now;
    gauge_.open();
  }
  const bool asked_before = gauge_asked_;
  do {
    if (gauge_.is_ready() && !gauge_asked_) {
      append_resp_command(gauge_.out(), {"LLEN", state_.settings.list});
      gauge_.flush();
      gauge_asked_ = true;
    }
    RespItem item;
    if (gauge_asked_ && gauge_.next(item) == RespReader::Status::item) {
      gauge_asked_ = false;
      gauge_depth_.reset();
      gauge_read_at_ = state_.clock.now();
      if (item.kind == RespItem::Kind::integer && item.number >= 0) {
        gauge_depth_ = static_cast<std::size_t>(item.number);
      }
      if (!asked_before) {
        return;
      }
    }
  } while (!gauge_.is_closed() && state_.clock.now() < until &&
           gauge_.await(until) == RedisConnection::Awaited::progress);
}

TextPairs RedisList::effective_settings() const {
  const RedisListSettings& settings = state_.settings;
  TextPairs shown{
      {"server", settings.target.shown()},
      {"list", settings.list},
      {"mode", settings.take == RedisTake::pop ? "pop (RPOP, BRPOP)" : "move (LMOVE, LREM)"},
      {"bound",
       settings.bound.has_value()
           ? fmt::format("{} (emulated by the lengths that LPUSH answers)", *settings.bound)
           : "none"},
      {"batch", std::to_string(settings.batch)},
      {"window", std::to_string(settings.window)},
  };
  if (settings.take == RedisTake::move) {
    shown.emplace_back("prefetch", std::to_string(settings.prefetch));
    shown.emplace_back("ack_timeout", to_scenario_text(settings.ack_timeout));
  }
  if (settings.target.tls) {
    shown.emplace_back("tls", settings.target.insecure ? "on, server not verified" : "on");
  }
  shown.insert(shown.end(), facts_.settings.begin(), facts_.settings.end());
  return shown;
}

}  // namespace

Result<std::unique_ptr<Queue>> make_redis_list(const QueueSettings& settings,
                                               const QueueContext& context) {
  Result<RedisListSettings> read = read_redis_list_settings(settings, context);
  if (!read) {
    return read.error();
  }
  Result<RedisServer> server = find_redis_server(read->target);
  if (!server) {
    return server.error();
  }
  ServerFacts facts;
  {
    const MonotonicClock clock;
    RedisClient client{*server, clock, read->names + ".opener"};
    if (!client.connection().open_and_await()) {
      return client.connection().error();
    }
    if (context.is_owner) {
      if (const Result<void> free = check_list(client, read->list); !free) {
        return free.error();
      }
    }
    facts = ask_for_facts(client);
  }
  return std::unique_ptr<Queue>{
      std::make_unique<RedisList>(std::move(*read), std::move(*server), context, std::move(facts))};
}

}  // namespace queuemeter::queues
