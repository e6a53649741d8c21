// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/commands.hpp"
#include "harness/cli/two_columns.hpp"
#include "queue_impls/catalogue.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>
#include <string>
#include <utility>

namespace queuemeter::cli {

namespace {

using queues::CatalogueEntry;

constexpr std::size_t margin = 20;  // where explanations begin

/// The abilities beyond offer and take, in the order they are printed.
auto abilities(const QueueTraits& traits) {
  return std::array{std::pair{"bulk", traits.bulk}, std::pair{"timed", traits.timed},
                    std::pair{"close", traits.close}, std::pair{"depth", traits.depth},
                    std::pair{"drop_oldest", traits.drop_oldest}};
}

nlohmann::ordered_json to_json(const CatalogueEntry& entry) {
  const QueueTraits& traits = *entry.traits;
  nlohmann::ordered_json row{{"name", traits.name},
                             {"summary", traits.summary},
                             {"built", entry.built},
                             {"not_built_because", nullptr},
                             {"order", to_string(traits.order)},
                             {"producers", to_string(traits.producers)},
                             {"consumers", to_string(traits.consumers)},
                             {"bound", to_string(traits.bound)},
                             {"wait", to_string(traits.wait)},
                             {"scope", to_string(traits.scope)},
                             {"delivery", to_string(traits.delivery)}};
  if (!entry.built) {
    row["not_built_because"] = entry.not_built_because;
  }
  row["guarantee"] = {{"producer", to_string(traits.producer_guarantee)},
                      {"producer_words", plain_words(traits.producer_guarantee)},
                      {"consumer", to_string(traits.consumer_guarantee)},
                      {"consumer_words", plain_words(traits.consumer_guarantee)}};
  for (const auto& [name, ability] : abilities(traits)) {
    row["abilities"][name] = to_string(ability);
  }
  row["schemes"] = entry.schemes;
  row["options"] = entry.options;
  return row;
}

/// "--queue mutex_deque --set queue.wait=spin|spin_yield|spin_park", or a URL.
std::string used_as(const CatalogueEntry& entry) {
  std::string text;
  if (entry.schemes.empty()) {
    text = fmt::format("--queue {}", entry.traits->name);
  }
  for (const std::string_view scheme : entry.schemes) {
    text += fmt::format("{}{}://[user:password@]host:port/...", text.empty() ? "--queue " : ", ",
                        scheme);
  }
  if (!entry.options.empty()) {
    text += fmt::format("; queue.options: {}", fmt::join(entry.options, ", "));
  }
  return text;
}

void print_json() {
  nlohmann::ordered_json document{{"schema", "queuemeter.queues/1"}};
  document["queues"] = nlohmann::ordered_json::array();
  for (const CatalogueEntry& entry : queues::catalogue()) {
    document["queues"].push_back(to_json(entry));
  }
  fmt::print("{}\n", document.dump(2));
}

void print_entry(const CatalogueEntry& entry) {
  const QueueTraits& traits = *entry.traits;
  const auto print = [](std::string_view label, const std::string& text) {
    fmt::print("{}", two_columns(fmt::format("  {}", label), margin, text));
  };
  fmt::print("{}: {}\n", traits.name, traits.summary);
  if (!entry.built) {
    print("not built", std::string{entry.not_built_because});
  }
  print(
      "order",
      fmt::format("{}; producers: {}, consumers: {}; bound: {}; when empty: {}; scope: {}",
                  to_string(traits.order), to_string(traits.producers), to_string(traits.consumers),
                  to_string(traits.bound), to_string(traits.wait), to_string(traits.scope)));
  print("a call accepted", fmt::format("{} ({})", plain_words(traits.producer_guarantee),
                                       to_string(traits.producer_guarantee)));
  print("a call in work", fmt::format("{} ({})", plain_words(traits.consumer_guarantee),
                                      to_string(traits.consumer_guarantee)));
  std::string list;
  for (const auto& [name, ability] : abilities(traits)) {
    list += fmt::format("{}{} {}", list.empty() ? "" : ", ", name, to_string(ability));
  }
  print("abilities", list);
  print("used as", used_as(entry));
}

}  // namespace

ExitCode queues_command(const CommandLine& line) {
  if (line.has("--json")) {
    print_json();
    return ExitCode::done;
  }
  for (const CatalogueEntry& entry : queues::catalogue()) {
    print_entry(entry);
  }
  fmt::print(
      "All of them: queue.wait = spin, spin_yield or spin_park decides what an idle consumer "
      "does;\nqueue.batch = N offers and takes up to N calls in one operation.\n");
  return ExitCode::done;
}

}  // namespace queuemeter::cli
