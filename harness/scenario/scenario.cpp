// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/scenario.hpp"

#include "harness/call/wire.hpp"

#include <fmt/format.h>

#include <span>

namespace queuemeter {

std::vector<TrafficClass> TrafficSettings::effective_classes() const {
  if (classes.empty()) {
    TrafficClass only;
    only.payload = payload;
    only.deadline = deadline;
    return {only};
  }
  std::vector<TrafficClass> effective = classes;
  for (TrafficClass& one : effective) {
    if (!one.deadline) {
      one.deadline = deadline;
    }
  }
  return effective;
}

std::string_view to_string(TrafficModel model) noexcept {
  switch (model) {
    case TrafficModel::open:
      return "open";
    case TrafficModel::closed:
      return "closed";
    case TrafficModel::half_open:
      return "half_open";
    case TrafficModel::saturate:
      return "saturate";
  }
  return "";
}

std::string_view to_string(Arrivals arrivals) noexcept {
  switch (arrivals) {
    case Arrivals::constant:
      return "constant";
    case Arrivals::poisson:
      return "poisson";
    case Arrivals::replay:
      return "replay";
  }
  return "";
}

std::string_view to_string(PathKind kind) noexcept {
  switch (kind) {
    case PathKind::direct:
      return "direct";
    case PathKind::queued:
      return "queued";
    case PathKind::front:
      return "front";
    case PathKind::offer:
      return "offer";
    case PathKind::take:
      return "take";
  }
  return "";
}

std::string_view to_string(ReplyKind kind) noexcept {
  switch (kind) {
    case ReplyKind::none:
      return "none";
    case ReplyKind::memory:
      return "memory";
    case ReplyKind::queue:
      return "queue";
  }
  return "";
}

std::string_view to_string(WhenFull when_full) noexcept {
  switch (when_full) {
    case WhenFull::reject:
      return "reject";
    case WhenFull::block:
      return "block";
  }
  return "";
}

std::string_view to_string(WaitPolicyKind kind) noexcept {
  switch (kind) {
    case WaitPolicyKind::spin:
      return "spin";
    case WaitPolicyKind::spin_yield:
      return "spin_yield";
    case WaitPolicyKind::spin_park:
      return "spin_park";
  }
  return "";
}

std::string_view to_string(Stamps stamps) noexcept {
  switch (stamps) {
    case Stamps::own:
      return "own";
    case Stamps::shared:
      return "shared";
  }
  return "";
}

std::string_view to_string(WorkerSettings::Kind kind) noexcept {
  switch (kind) {
    case WorkerSettings::Kind::thread:
      return "thread";
    case WorkerSettings::Kind::async:
      return "async";
    case WorkerSettings::Kind::process:
      return "process";
  }
  return "";
}

std::string_view to_string(RetrySettings::Kind kind) noexcept {
  switch (kind) {
    case RetrySettings::Kind::none:
      return "none";
    case RetrySettings::Kind::fixed:
      return "fixed";
    case RetrySettings::Kind::exponential:
      return "exponential";
  }
  return "";
}

std::string_view to_string(BackendSettings::Kind kind) noexcept {
  switch (kind) {
    case BackendSettings::Kind::synthetic:
      return "synthetic";
    case BackendSettings::Kind::http:
      return "http";
    case BackendSettings::Kind::managed:
      return "managed";
    case BackendSettings::Kind::none:
      return "none";
  }
  return "";
}

std::string_view to_string(BackendSettings::Model model) noexcept {
  switch (model) {
    case BackendSettings::Model::pool:
      return "pool";
    case BackendSettings::Model::event:
      return "event";
  }
  return "";
}

std::string_view to_string(BackendSettings::Work work) noexcept {
  switch (work) {
    case BackendSettings::Work::sleep:
      return "sleep";
    case BackendSettings::Work::burn:
      return "burn";
  }
  return "";
}

std::string scenario_hash(const Scenario& scenario) {
  // The same recording in another folder is the same experiment.
  Scenario placeless = scenario;
  std::string& file = placeless.traffic.replay_file;
  file.erase(0, file.rfind('/') + 1);  // npos + 1 is 0
  const std::string text = to_toml(placeless);
  return fmt::format("{:016x}", payload_checksum(std::as_bytes(std::span{text})));
}

}  // namespace queuemeter
