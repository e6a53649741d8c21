// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/brokers/redis_list_state.hpp"

#include "queue_impls/brokers/redis_list_consumer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unistd.h>
#include <utility>

namespace queuemeter::queues {
namespace {

RespLimits limits_for(std::uint32_t largest_payload) {
  RespLimits limits;
  limits.bulk_bytes = std::max<std::size_t>(limits.bulk_bytes, std::size_t{largest_payload} + 4096);
  return limits;
}

}  // namespace

RedisListState::RedisListState(RedisListSettings list_settings, RedisServer redis_server,
                               const QueueContext& context, std::string server_run)
    : settings{std::move(list_settings)},
      server{std::move(redis_server)},
      payload{context.seed, context.largest_payload},
      kind{context.role == "replies" ? MessageKind::reply : MessageKind::call},
      intake{context.intake},
      limits{limits_for(context.largest_payload)},
      server_run_{std::move(server_run)},
      holders_key_{settings.names + ".holders"},
      control_{server, clock, name_of("control")} {}

std::string RedisListState::name_of(std::string_view part) const {
  return fmt::format("{}.{}", settings.names, part);
}

std::string RedisListState::new_holder_key() {
  return fmt::format("{}.held.{}.{}", settings.names, ::getpid(),
                     holders_.fetch_add(1, std::memory_order_relaxed));
}

bool RedisListState::unblock(std::int64_t client_id) {
  const std::lock_guard control{control_mutex_};
  return control_.count({"CLIENT", "UNBLOCK", std::to_string(client_id)}).has_value();
}

void RedisListState::note_swept() {
  {
    const std::lock_guard control{control_mutex_};
    const std::string now = control_.info("server", "run_id");
    restarted.store(!now.empty() && now != server_run_);
  }
  const auto came = accepted.load() + put_back.load();
  const auto went = popped.load();
  const bool is_certain = in_doubt.load() == 0 && broken.load() == 0 && consumers.load() > 0;
  removed.store(is_certain && came > went ? came - went : 0);
  swept.store(true);
}

void RedisListState::enlist(RedisListConsumer& consumer) {
  const std::lock_guard lock{consumers_mutex_};
  consumers_list_.push_back(&consumer);
  if (!closed.load(std::memory_order_acquire)) {
    consumers.fetch_add(1, std::memory_order_relaxed);
  }
}

void RedisListState::delist(RedisListConsumer& consumer) noexcept {
  const std::lock_guard lock{consumers_mutex_};
  std::erase(consumers_list_, &consumer);
}

void RedisListState::wake_consumers() noexcept {
  const std::lock_guard lock{consumers_mutex_};
  for (RedisListConsumer* const consumer : consumers_list_) {
    consumer->interrupt();
  }
}

bool RedisListState::recall_from_others(const RedisListConsumer& asking) {
  bool came = false;
  std::vector<std::string> living;
  {
    const std::lock_guard lock{consumers_mutex_};
    for (RedisListConsumer* const consumer : consumers_list_) {
      came = (consumer != &asking && consumer->put_back()) || came;
      living.push_back(consumer->holder());
    }
  }
  return (settings.take == RedisTake::move && recall_from_the_dead(living)) || came;
}

/// What consumers that are not of this process, or no longer, had moved and not acknowledged.
bool RedisListState::recall_from_the_dead(const std::vector<std::string>& living) {
  const std::lock_guard control{control_mutex_};
  const Result<RespValue> holders = control_.call({"SMEMBERS", holders_key_});
  bool came = false;
  for (const RespValue& holder : holders ? holders->elements : std::vector<RespValue>{}) {
    if (std::ranges::find(living, holder.text) != living.end()) {
      continue;
    }
    for (;;) {
      // From the youngest on, so that the oldest is the next to be taken.
      const Result<RespValue> moved =
          control_.call({"LMOVE", holder.text, settings.list, "LEFT", "RIGHT"});
      if (!moved || moved->kind != RespItem::Kind::bulk) {
        break;
      }
      put_back.fetch_add(1, std::memory_order_relaxed);
      came = true;
    }
  }
  return came;
}

}  // namespace queuemeter::queues
