// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/catalogue.hpp"

#include "queue_impls/in_process/mutex_deque.hpp"
#include "queue_impls/in_process/null.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace queuemeter::queues {
namespace {

constexpr std::array entries{
    CatalogueEntry{.traits = &null_traits, .make = make_null},
    CatalogueEntry{.traits = &mutex_deque_traits, .make = make_mutex_deque},
};

std::string names_of_built_queues() {
  std::string names;
  for (const CatalogueEntry& entry : entries) {
    if (entry.built) {
      names += fmt::format("{}{}", names.empty() ? "" : ", ", entry.traits->name);
    }
  }
  return names;
}

}  // namespace

std::span<const CatalogueEntry> catalogue() { return entries; }

const CatalogueEntry* find(std::string_view name) {
  const auto* const entry = std::ranges::find_if(
      entries, [name](const CatalogueEntry& candidate) { return candidate.traits->name == name; });
  return entry == entries.end() ? nullptr : entry;
}

Result<std::unique_ptr<Queue>> open_queue(const QueueSettings& settings,
                                          const QueueContext& context) {
  if (settings.use.find("://") != std::string::npos) {
    // The text may hold a password, so it is not repeated.
    return Error::usage(
        fmt::format("queue.use: queues behind a URL are not built yet; use one of {}",
                    names_of_built_queues()));
  }
  const CatalogueEntry* const entry = find(settings.use);
  if (entry == nullptr) {
    return Error::usage(fmt::format("queue.use: there is no queue \"{}\"; use one of {}",
                                    settings.use, names_of_built_queues()));
  }
  if (!entry->built) {
    return Error::usage(fmt::format("queue.use: {} is not built here: {}; use one of {}",
                                    settings.use, entry->not_built_because,
                                    names_of_built_queues()));
  }
  if (!settings.options.empty()) {
    return Error::usage(fmt::format("queue.options.{}: {} has no options; leave it out",
                                    settings.options.front().first, settings.use));
  }
  return entry->make(settings, context);
}

}  // namespace queuemeter::queues
