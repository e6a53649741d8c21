// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/catalogue.hpp"

#include "queue_impls/brokers/redis_list.hpp"
#include "queue_impls/in_process/boost_queue.hpp"
#include "queue_impls/in_process/boost_spsc.hpp"
#include "queue_impls/in_process/moodycamel.hpp"
#include "queue_impls/in_process/mutex_deque.hpp"
#include "queue_impls/in_process/null.hpp"
#include "queue_impls/in_process/ring_settings.hpp"
#include "queue_impls/in_process/spsc_ring.hpp"
#include "queue_impls/ipc/sysv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace queuemeter::queues {
namespace {

#if defined(QUEUEMETER_HAS_CONCURRENTQUEUE)
constexpr CatalogueEntry moodycamel_row{.traits = &moodycamel_traits, .make = make_moodycamel};
#else
constexpr CatalogueEntry moodycamel_row{.traits = &moodycamel_traits,
                                        .built = false,
                                        .not_built_because = "install libconcurrentqueue-dev"};
#endif

constexpr std::array entries{
    CatalogueEntry{.traits = &null_traits, .options = ring_options, .make = make_null},
    CatalogueEntry{.traits = &mutex_deque_traits, .make = make_mutex_deque},
    CatalogueEntry{.traits = &spsc_ring_traits, .options = ring_options, .make = make_spsc_ring},
    CatalogueEntry{.traits = &boost_spsc_traits, .make = make_boost_spsc},
    CatalogueEntry{.traits = &boost_queue_traits, .make = make_boost_queue},
    moodycamel_row,
    CatalogueEntry{.traits = &sysv_traits, .options = sysv_options, .make = make_sysv},
    CatalogueEntry{.traits = &redis_list_traits,
                   .schemes = redis_list_schemes,
                   .options = redis_list_options,
                   .make = make_redis_list},
};

constexpr std::string_view scheme_mark = "://";

std::string names_of_built_queues(std::span<const CatalogueEntry> rows) {
  std::string names;
  for (const CatalogueEntry& entry : rows) {
    if (entry.built) {
      names += fmt::format("{}{}", names.empty() ? "" : ", ", entry.traits->name);
    }
  }
  return names;
}

/// The first row that `is_it` says yes to; null when there is none.
template <class IsIt>
const CatalogueEntry* find_row(std::span<const CatalogueEntry> rows, IsIt is_it) {
  const auto row = std::ranges::find_if(rows, is_it);
  return row == rows.end() ? nullptr : &*row;
}

const CatalogueEntry* find_named(std::span<const CatalogueEntry> rows, std::string_view name) {
  return find_row(rows, [name](const CatalogueEntry& row) { return row.traits->name == name; });
}

/// For what `queue.use` says, a name or a URL.
const CatalogueEntry* find_used(std::span<const CatalogueEntry> rows, std::string_view use) {
  const std::size_t mark = use.find(scheme_mark);
  if (mark == std::string_view::npos) {
    return find_named(rows, use);
  }
  return find_row(rows, [scheme = use.substr(0, mark)](const CatalogueEntry& row) {
    return std::ranges::find(row.schemes, scheme) != row.schemes.end();
  });
}

/// `queue.use` as an error may show it.
std::string shown(std::string_view use) {
  const std::size_t mark = use.find(scheme_mark);
  return mark == std::string_view::npos ? fmt::format("\"{}\"", use)
                                        : fmt::format("for {}://", use.substr(0, mark));
}

std::string unknown_option(const CatalogueEntry& entry, std::string_view key) {
  if (entry.options.empty()) {
    return fmt::format("queue.options.{}: {} has no options; leave it out", key,
                       entry.traits->name);
  }
  return fmt::format("queue.options.{}: {} has no such option; use one of {}", key,
                     entry.traits->name, fmt::join(entry.options, ", "));
}

}  // namespace

std::span<const CatalogueEntry> catalogue() { return entries; }

const CatalogueEntry* find(std::string_view name) { return find_named(entries, name); }

const CatalogueEntry* find_for(std::string_view use) { return find_used(entries, use); }

Result<std::unique_ptr<Queue>> open_queue(const QueueSettings& settings,
                                          const QueueContext& context) {
  return open_queue_from(entries, settings, context);
}

Result<std::unique_ptr<Queue>> open_queue_from(std::span<const CatalogueEntry> rows,
                                               const QueueSettings& settings,
                                               const QueueContext& context) {
  const CatalogueEntry* const entry = find_used(rows, settings.use);
  if (entry == nullptr) {
    return Error::usage(fmt::format("queue.use: there is no queue {}; use one of {}",
                                    shown(settings.use), names_of_built_queues(rows)));
  }
  if (!entry->built) {
    return Error::usage(fmt::format("queue.use: {} is not built here: {}; use one of {}",
                                    entry->traits->name, entry->not_built_because,
                                    names_of_built_queues(rows)));
  }
  for (const auto& [key, value] : settings.options) {
    if (std::ranges::find(entry->options, key) == entry->options.end()) {
      return Error::usage(unknown_option(*entry, key));
    }
  }
  return entry->make(settings, context);
}

}  // namespace queuemeter::queues
