// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/queue_usage.hpp"

#include "tests/brokers/private_redis.hpp"

#include <algorithm>
#include <utility>

#if defined(__SANITIZE_THREAD__)
/// Boost's free list reads nodes that others write, and throws away what it read in that case.
/// moodycamel orders its slots by fences, which the sanitizer does not follow. The records behind
/// the handles are ordered by their own state, and are looked at.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:boost::lockfree::queue\nrace:moodycamel::ConcurrentQueue\n";
}
#endif

namespace queuemeter::queues {
namespace {

constexpr std::uint64_t run_id = 0x4321;
constexpr std::size_t record_count = 60'000;

bool has_option(const CatalogueEntry& entry, std::string_view name) {
  return std::ranges::find(entry.options, name) != entry.options.end();
}

bool needs_server(const CatalogueEntry& entry) { return !entry.schemes.empty(); }

/// One for this program, started by the first queue that needs it.
const brokers_test::PrivateRedis& server() {
  static const brokers_test::PrivateRedis redis;
  return redis;
}

/// Both ways of taking from a list, each with single calls and with batches.
void add_modes(std::vector<Usage>& usages, const CatalogueEntry& entry) {
  for (const char* const mode : {"pop", "move"}) {
    const std::string name = mode;
    usages.push_back({.entry = &entry, .way = name + "_one_by_one", .options = {{"mode", name}}});
    usages.push_back(
        {.entry = &entry, .way = name + "_batches_of_4", .batch = 4, .options = {{"mode", name}}});
  }
}

}  // namespace

void PrintTo(const Usage& usage, std::ostream* out) {
  *out << usage.traits().name << ' ' << usage.way;
}

std::string name_of(const testing::TestParamInfo<Usage>& usage) {
  return std::string{usage.param.traits().name} + "_" + usage.param.way;
}

std::vector<Usage> usages() {
  std::vector<Usage> usages;
  for (const CatalogueEntry& entry : catalogue()) {
    if (!entry.built || (needs_server(entry) && !brokers_test::has_redis_server())) {
      continue;
    }
    if (has_option(entry, "mode")) {
      add_modes(usages, entry);
      continue;
    }
    usages.push_back({.entry = &entry, .way = "one_by_one"});
    usages.push_back({.entry = &entry, .way = "batches_of_4", .batch = 4});
    if (entry.traits->scope == QueueScope::threads) {
      usages.push_back(
          {.entry = &entry, .way = "shared_stamps", .batch = 32, .stamps = Stamps::shared});
    }
    if (has_option(entry, "first_ticket")) {
      usages.push_back({.entry = &entry,
                        .way = "counters_wrap",
                        .batch = 3,
                        .options = {{"first_ticket", "18446744073709551610"}}});
    }
  }
  return usages;
}

QueueContract::QueueContract() : records_{run_id} { records_.make_room(record_count); }

QueueSettings QueueContract::settings(std::size_t bound, WaitPolicyKind wait) {
  const Usage& usage = GetParam();
  QueueSettings settings;
  settings.use = needs_server(*usage.entry) ? server().url() : std::string{traits().name};
  if (traits().bound != QueueBound::none) {
    settings.bound = bound;
  }
  settings.wait = wait;
  settings.batch = usage.batch;
  settings.prefetch = many();
  settings.stamps = usage.stamps;
  settings.options = usage.options;
  return settings;
}

std::unique_ptr<Queue> QueueContract::make(std::size_t bound, WaitPolicyKind wait,
                                           bool stamps_admission) {
  QueueContext context;
  context.run_id = run_id;
  context.seed = 7;
  context.intake = &records_;
  context.stamps_admission = stamps_admission;
  return std::move(open_queue(settings(bound, wait), context).value());
}

CallHandle QueueContract::call(std::size_t number, std::uint64_t sequence) {
  CallRecord& made = record(number);
  made.call.run_id = run_id;
  made.call.sequence = sequence;
  made.at = {};
  made.publish(sequence);
  return {&made, sequence};
}

std::vector<CallHandle> QueueContract::calls(std::size_t count) {
  std::vector<CallHandle> made;
  for (std::size_t number = 0; number < count; ++number) {
    made.push_back(call(number, number));
  }
  return made;
}

ChunkResult QueueContract::take(const Queue& queue, QueueConsumer& consumer,
                                std::span<CallHandle> calls, std::span<Instant> taken_at) {
  const ChunkResult chunk = consumer.take(calls, taken_at);
  if (acknowledges(queue)) {
    EXPECT_EQ(consumer.acknowledge(calls.first(chunk.done)), QueueResult::ok);
  }
  return chunk;
}

}  // namespace queuemeter::queues
