// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/read_site.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace queuemeter {
namespace {

/// Whether a place stands anywhere in the requests to a site.
bool says(const SiteSettings& front, const TrafficSettings& traffic, std::string_view place) {
  const auto in_request = [place](const HttpRequestSettings& request) {
    return (request.body && request.body->find(place) != std::string::npos) ||
           std::ranges::any_of(request.headers, [place](const auto& header) {
             return header.second.find(place) != std::string::npos;
           });
  };
  return front.url.find(place) != std::string::npos || in_request(front.request) ||
         in_request(traffic.request);
}

/// What the site of somebody else has to be told, so that its results find their calls.
void check_foreign_site(const Scenario& scenario, const TableReader& path) {
  const SiteSettings& front = scenario.path.site;
  if (front.completion == CompletedBy::callback && !says(front, scenario.traffic, "{callback}")) {
    path.fail("completion",
              "the site must be told where to call back; put {callback} into url, headers or "
              R"(body, such as headers = { "X-Callback" = "{callback}" })");
  }
  if (front.completion == CompletedBy::backend && !says(front, scenario.traffic, "{call.id}") &&
      !says(front, scenario.traffic, "{call.sequence}")) {
    path.fail("completion",
              "the site must be given an id to hand on to its backend; put {call.id} into url, "
              R"(headers or body, such as headers = { "X-Request-Id" = "{call.id}" })");
  }
  if (scenario.backend.kind == BackendSettings::Kind::http) {
    path.fail("url",
              R"(a site of your own calls its backend itself; remove backend.kind = "http")");
  }
}

/// What our own front end cannot do, and what it knows itself.
void check_own_site(const Scenario& scenario, const TableReader& path) {
  if (scenario.backend.kind == BackendSettings::Kind::synthetic) {
    path.fail("kind",
              "the workers of a front end call over HTTP, and backend.kind is "
              R"("synthetic"; use backend.kind = "managed", or url = "http://…" for a )"
              "site of your own");
  }
  if (scenario.queue.when_full == WhenFull::block) {
    path.fail("kind",
              "a front end answers 503 when its queue is full; use queue.when_full = "
              R"("reject")");
  }
  constexpr std::array<std::string_view, 6> of_a_site{"method", "headers", "body",
                                                      "data",   "expect",  "result_url"};
  for (const std::string_view key : of_a_site) {
    if (path.has(key)) {
      path.fail(key, fmt::format("queuemeter's own front end knows its {0}; remove it, or set "
                                 R"(url = "http://…" to a site of your own)",
                                 key));
    }
  }
}

void check_watched_backend(const Scenario& scenario, const TableReader& root) {
  const BackendSettings& backend = scenario.backend;
  const TableReader path = root.table("path");
  if (backend.kind != BackendSettings::Kind::managed) {
    path.fail("completion", R"(only a backend that the run starts can be watched; use )"
                            R"(backend.kind = "managed")");
  } else if (backend.model != BackendSettings::Model::event) {
    path.fail("completion",
              R"(only the event model of the backend is watched; use backend.model = "event")");
  }
  if (scenario.traffic.offerers > 1) {
    path.fail("completion", fmt::format("what the backend reports goes to one offering thread, "
                                        "and {} were asked for; use traffic.offerers = 1",
                                        scenario.traffic.offerers));
  }
}

}  // namespace

void check_site(const Scenario& scenario, const TableReader& root) {
  const SiteSettings& front = scenario.path.site;
  const TableReader path = root.table("path");
  if (front.completion == CompletedBy::backend) {
    check_watched_backend(scenario, root);
  }
  if (!front.result_url.empty() && front.completion == CompletedBy::response) {
    path.fail("result_url", R"(with completion = "response" nobody asks for a result; remove it)");
  }
  if (front.url.empty()) {
    check_own_site(scenario, path);
  } else {
    check_foreign_site(scenario, path);
  }
}

}  // namespace queuemeter
