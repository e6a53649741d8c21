// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/measurable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace queuemeter {
namespace {

/// Some of the words of a setting; made of none it stands for all of them.
template <class Word>
class Words {
 public:
  constexpr Words() = default;
  template <class... More>
  constexpr Words(Word first, More... more) : bits_{(bit_of(first) | ... | bit_of(more))} {}
  [[nodiscard]] constexpr bool has(Word word) const noexcept { return (bits_ & bit_of(word)) != 0; }

 private:
  static constexpr unsigned bit_of(Word word) noexcept { return 1U << static_cast<unsigned>(word); }
  unsigned bits_ = ~0U;
};

using Path = PathKind;
using Reply = ReplyKind;
using Workers = WorkerSettings::Kind;
using Model = TrafficModel;
using Backend = BackendSettings::Kind;

/// Every arrangement with these words cannot be measured.
struct Rule {
  Words<Path> path;
  Words<Reply> reply;
  Words<Workers> workers;
  Words<Model> model;
  Words<Backend> backend;
  Refusal refusal;
};

// On the offer and take paths there are no workers, backend or replies: what a scenario says of
// them is not used, so that a matrix can vary the path.
constexpr std::array rules{
    Rule{Path::direct,
         {},
         {},
         Model::saturate,
         {},
         {"traffic.model", "only a queue is saturated, and the direct path has none"}},
    Rule{Path::front,
         {},
         {},
         Model::saturate,
         {},
         {"traffic.model", "only a queue is saturated, and a front end is called by HTTP"}},
    Rule{Path::front,
         {Reply::none, Reply::queue},
         {},
         {},
         {},
         {"path.reply", "how results come back from a front end is what path.completion says"}},
    Rule{Path::front,
         {},
         Workers::process,
         {},
         {},
         {"workers.kind", "the workers of a front end are threads or slots of its own process"}},
    Rule{Path::front,
         {},
         {},
         {},
         Backend::none,
         {"backend.kind", "a front end calls a backend, so there must be one"}},
    Rule{Path::direct,
         Reply::none,
         {},
         {},
         {},
         {"path.reply", R"(the direct path is its reply, so reply = "none" cannot be measured)"}},
    Rule{Path::direct,
         Reply::queue,
         {},
         {},
         {},
         {"path.reply", "the direct path has no queue that a reply could come back through"}},
    Rule{Path::direct,
         {},
         {},
         {},
         Backend::none,
         {"backend.kind", "the direct path is its backend, so there must be one"}},
    Rule{{Path::offer, Path::take},
         {},
         {},
         {Model::closed, Model::half_open},
         {},
         {"traffic.model",
          "a caller of this model waits for a reply, and with only one side of a queue there is "
          "none"}},
    Rule{Path::queued,
         {},
         {Workers::async, Workers::process},
         Model::saturate,
         {},
         {"workers.kind", "a queue is saturated from both sides by threads alone"}},
    Rule{Path::queued,
         {Reply::memory, Reply::queue},
         {},
         Model::saturate,
         {},
         {"path.reply", "saturation measures the queue alone, without replies and backend"}},
    Rule{Path::queued,
         {},
         {},
         Model::saturate,
         {Backend::synthetic, Backend::http, Backend::managed},
         {"backend.kind", "saturation measures the queue alone, without replies and backend"}},
    Rule{Path::queued,
         Reply::none,
         {},
         {Model::closed, Model::half_open},
         {},
         {"path.reply",
          R"(a caller of this model waits for a reply, and reply = "none" brings none)"}},
    Rule{Path::queued,
         {Reply::memory, Reply::queue},
         {},
         {},
         Backend::none,
         {"path.reply",
          R"(with backend.kind = "none" a call is done when it is taken, so no reply comes back)"}},
};

constexpr std::array paths{Path::direct, Path::queued, Path::front, Path::offer, Path::take};
constexpr std::array replies{Reply::none, Reply::memory, Reply::queue};
constexpr std::array worker_kinds{Workers::thread, Workers::async, Workers::process};
constexpr std::array models{Model::open, Model::closed, Model::half_open, Model::saturate};
constexpr std::array backends{Backend::synthetic, Backend::http, Backend::managed, Backend::none};

int distance(const Arrangement& from, const Arrangement& to) noexcept {
  return (from.reply != to.reply ? 1 : 0) + (from.backend != to.backend ? 2 : 0) +
         (from.workers != to.workers ? 4 : 0) + (from.model != to.model ? 8 : 0) +
         (from.path != to.path ? 16 : 0);
}

/// Calls `visit` with every arrangement there is.
template <class Visit>
void for_each_arrangement(Visit visit) {
  for (const Path path : paths) {
    for (const Reply reply : replies) {
      for (const Workers workers : worker_kinds) {
        for (const Model model : models) {
          for (const Backend backend : backends) {
            visit(Arrangement{path, reply, workers, model, backend});
          }
        }
      }
    }
  }
}

}  // namespace

Arrangement arrangement_of(const Scenario& scenario) noexcept {
  return {scenario.path.kind, scenario.path.reply, scenario.workers.kind, scenario.traffic.model,
          scenario.backend.kind};
}

std::optional<Refusal> refusal_of(const Arrangement& arrangement) noexcept {
  const auto* const rule = std::find_if(rules.begin(), rules.end(), [&](const Rule& one) {
    return one.path.has(arrangement.path) && one.reply.has(arrangement.reply) &&
           one.workers.has(arrangement.workers) && one.model.has(arrangement.model) &&
           one.backend.has(arrangement.backend);
  });
  return rule == rules.end() ? std::nullopt : std::optional{rule->refusal};
}

Arrangement nearest_measurable(const Arrangement& arrangement) noexcept {
  Arrangement nearest;
  int least = std::numeric_limits<int>::max();
  for_each_arrangement([&](const Arrangement& one) {
    const int far = distance(arrangement, one);
    // A URL cannot be made up, so nobody is sent to a backend of their own.
    const bool invents_url = one.backend == Backend::http && arrangement.backend != Backend::http;
    if (far < least && !invents_url && !refusal_of(one)) {
      least = far;
      nearest = one;
    }
  });
  return nearest;
}

std::string difference(const Arrangement& from, const Arrangement& to) {
  std::string text;
  const auto say = [&](bool differs, std::string_view key, std::string_view word) {
    if (differs) {
      text += fmt::format("{}{} = \"{}\"", text.empty() ? "" : " and ", key, word);
    }
  };
  say(from.path != to.path, "path.kind", to_string(to.path));
  say(from.reply != to.reply, "path.reply", to_string(to.reply));
  say(from.workers != to.workers, "workers.kind", to_string(to.workers));
  say(from.model != to.model, "traffic.model", to_string(to.model));
  say(from.backend != to.backend, "backend.kind", to_string(to.backend));
  return text;
}

}  // namespace queuemeter
