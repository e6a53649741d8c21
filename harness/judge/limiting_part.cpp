// SPDX-License-Identifier: Apache-2.0
#include "harness/judge/limiting_part.hpp"

#include "harness/call/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace queuemeter {
namespace {

/// From the end of the stream upwards: what is full makes everything above it full too.
constexpr std::array<std::string_view, 5> down_the_stream_first{"backend", "connections", "workers",
                                                                "queue", "generator"};

const PartBusy* find(const std::vector<PartBusy>& parts, std::string_view name) {
  const auto part = std::find_if(parts.begin(), parts.end(),
                                 [name](const PartBusy& each) { return each.part == name; });
  return part == parts.end() ? nullptr : &*part;
}

/// Adds a part unless the run has listed it.
void add(std::vector<PartBusy>& parts, std::string_view name, double busy, std::string text) {
  if (find(parts, name) == nullptr) {
    parts.push_back({std::string{name}, busy, std::move(text)});
  }
}

/// Where no part is full, callers of a closed loop decide themselves how much is done.
bool limited_by_callers(const RunDocument& run) {
  return run.scenario.traffic.model == TrafficModel::closed;
}

std::string of_text(double busy, double all, std::string_view unit) {
  return fmt::format("{:.0f} of {:.0f}{}{}", busy, all, unit.empty() ? "" : " ", unit);
}

}  // namespace

std::vector<PartBusy> busy_parts(const RunDocument& run) {
  std::vector<PartBusy> parts = run.busy;
  if (run.backend_slots && run.backend_busy && *run.backend_slots > 0.0) {
    add(parts, "backend", *run.backend_busy / *run.backend_slots,
        of_text(*run.backend_busy, *run.backend_slots, "slots"));
  }
  if (run.worker_count > 0) {
    const auto count = static_cast<double>(run.worker_count);
    add(parts, "workers", run.workers_busy / count, of_text(run.workers_busy, count, ""));
  }
  // An offerer that spins uses a CPU on purpose; that says nothing of what it could offer.
  const bool spins = run.scenario.run.pacing.kind == Pacing::Kind::spin ||
                     run.scenario.traffic.model == TrafficModel::saturate;
  for (const RoleCost& role : run.roles) {
    if (role.role == "offerer" && !spins) {
      add(parts, "generator", role.busiest_thread_cpu, "");
    }
  }
  return parts;
}

std::string limiting_part_of(const std::vector<PartBusy>& parts) {
  for (const std::string_view name : down_the_stream_first) {
    const PartBusy* part = find(parts, name);
    if (part != nullptr && part->busy >= full_from) {
      return part->part;
    }
  }
  const auto busiest = std::max_element(
      parts.begin(), parts.end(),
      [](const PartBusy& left, const PartBusy& right) { return left.busy < right.busy; });
  return busiest != parts.end() && busiest->busy >= full_from ? busiest->part : "";
}

std::string limiting_sentence(const RunDocument& run) {
  const PartBusy* part = find(run.busy, run.limiting_part);
  if (run.limiting_part.empty() || part == nullptr) {
    const auto busiest = std::max_element(
        run.busy.begin(), run.busy.end(),
        [](const PartBusy& left, const PartBusy& right) { return left.busy < right.busy; });
    if (busiest == run.busy.end()) {
      return "Limit: not seen; no part told how busy it was.";
    }
    return fmt::format("Limit: {}; the busiest part was the {} ({} busy).",
                       limited_by_callers(run) ? "the callers, who wait and think" : "none reached",
                       busiest->part, format_percent(busiest->busy));
  }
  const std::string seen = part->text.empty() ? format_percent(part->busy) : part->text;
  std::string sentence = fmt::format("Limit: the {} ({} busy).", part->part, seen);
  if (part->part == "backend" && run.worker_count > 0) {
    sentence += " More workers will not help.";
  } else if (part->part == "workers") {
    const PartBusy* backend = find(run.busy, "backend");
    sentence += backend != nullptr
                    ? fmt::format(" More workers will help: the backend is only {} busy.",
                                  format_percent(backend->busy))
                    : " More workers will help if the backend has room.";
  } else if (part->part == "generator") {
    sentence += limited_by_callers(run)
                    ? " That is queuemeter itself: use more offerers or fewer callers."
                    : " That is queuemeter itself: lower the rate or use more offerers.";
  }
  return sentence;
}

}  // namespace queuemeter
