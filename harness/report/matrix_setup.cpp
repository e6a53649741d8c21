// SPDX-License-Identifier: Apache-2.0
#include "harness/report/matrix_setup.hpp"

#include "harness/report/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace queuemeter {
namespace {

/// One side of a set-up. A run whose label already names a key that begins with `key` is not told
/// it a second time.
struct Facet {
  std::string_view key;
  std::string (*of)(const RunDocument& run);
};

std::string queue_name(const RunDocument& run) { return run.queue_name; }

constexpr std::array facets{Facet{"traffic.", words::load}, Facet{"path.", words::path},
                            Facet{"queue.use", queue_name}, Facet{"backend.", words::backend}};

bool all_equal(std::span<const RunDocument> runs, const Facet& facet) {
  return std::all_of(runs.begin(), runs.end(), [&](const RunDocument& run) {
    return facet.of(run) == facet.of(runs.front());
  });
}

void append(std::string& text, std::string_view more) {
  if (!more.empty()) {
    text += (text.empty() ? "" : "; ");
    text += more;
  }
}

/// Workers are part of the path's words.
bool is_told(const std::string& label, const Facet& facet) {
  return label.find(facet.key) != std::string::npos ||
         (facet.key == "path." && label.find("workers.") != std::string::npos);
}

/// Adds the values to `text` when there is more than one.
void add_difference(std::string& text, std::string_view what, const std::set<std::string>& values) {
  if (values.size() > 1) {
    append(text, fmt::format("{} ({})", what, fmt::join(values, ", ")));
  }
}

}  // namespace

MatrixSetup setup_of(std::span<const RunDocument> runs) {
  MatrixSetup setup;
  for (const RunDocument& run : runs) {
    std::string label = run.label;
    if (run.repetition > 0) {
      append(label, fmt::format("no. {}", run.repetition));
    }
    setup.labels.push_back(std::move(label));
  }
  for (const Facet& facet : facets) {
    if (all_equal(runs, facet)) {
      append(setup.common, runs.empty() ? "" : facet.of(runs.front()));
      continue;
    }
    for (std::size_t index = 0; index < runs.size(); ++index) {
      if (!is_told(runs[index].label, facet)) {
        append(setup.labels[index], facet.of(runs[index]));
      }
    }
  }
  for (std::size_t index = 0; index < runs.size(); ++index) {
    if (setup.labels[index].empty()) {
      setup.labels[index] = words::path(runs[index]);
    }
  }
  return setup;
}

std::string unfair_differences(std::span<const RunDocument> runs) {
  std::set<std::string> guarantees;
  std::set<std::string> bounds;
  std::set<std::string> payloads;
  std::set<std::string> batches;
  std::set<std::string> stamps;
  for (const RunDocument& run : runs) {
    const QueueSettings& queue = run.scenario.queue;
    payloads.insert(run.scenario.traffic.payload.to_text());
    if (!run.queue_name.empty()) {
      guarantees.insert(run.producer_guarantee + "/" + run.consumer_guarantee);
      bounds.insert(
          words::count(static_cast<std::int64_t>(queue.bound.value_or(default_queue_bound))));
      batches.insert(fmt::format("{}/{}", queue.batch, queue.window));
      stamps.insert(std::string{to_string(queue.stamps)});
    }
  }
  std::string text;
  add_difference(text, "guarantee", guarantees);
  add_difference(text, "bound", bounds);
  add_difference(text, "payload", payloads);
  add_difference(text, "batch/window", batches);
  add_difference(text, "stamps", stamps);
  return text;
}

}  // namespace queuemeter
