// SPDX-License-Identifier: Apache-2.0
#include "harness/run/prepare_site.hpp"

#include "harness/backend/backend_command_line.hpp"
#include "harness/front/backend_reports.hpp"
#include "harness/front/front_command_line.hpp"
#include "harness/run/assembly.hpp"
#include "harness/run/run_state.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <fcntl.h>
#include <unistd.h>

namespace queuemeter {
namespace {

constexpr Duration patience = std::chrono::seconds{10};

/// Room for reports of a second at 20,000 calls/s, should the offerer have no time for them.
constexpr int pipe_bytes = 1 << 20;

/// Starts the backend that is ours, watched if results are known by it; what it reports.
Result<std::unique_ptr<CompletionSource>> start_backend(RunState& state) {
  if (state.scenario.path.site.completion != CompletedBy::backend) {
    Result<std::unique_ptr<ServerProcess>> process = start_backend_process(state);
    if (!process) {
      return process.error();
    }
    state.backend_process = std::move(*process);
    return std::unique_ptr<CompletionSource>{};
  }
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return Error::unavailable("no pipe to the watched backend can be had; free some descriptors");
  }
  ::fcntl(ends[1], F_SETPIPE_SZ, pipe_bytes);  // a smaller one does too
  auto reports = std::make_unique<BackendReports>(ends[0]);
  Result<std::unique_ptr<ServerProcess>> process = start_backend_process(
      state,
      {"--watch", state.document.id, "--call-id", state.scenario.path.site.call_id.to_text()},
      ends[1]);
  ::close(ends[1]);
  if (!process) {
    return process.error();
  }
  state.backend_process = std::move(*process);
  return std::unique_ptr<CompletionSource>{std::move(reports)};
}

bool has_own_backend(const Scenario& scenario) {
  const SiteSettings& front = scenario.path.site;
  return scenario.backend.kind == BackendSettings::Kind::managed &&
         (front.url.empty() || front.completion == CompletedBy::backend);
}

}  // namespace

Result<std::unique_ptr<ServerProcess>> start_backend_process(const RunState& state,
                                                             const std::vector<std::string>& words,
                                                             int passed_on) {
  std::vector<std::string> command =
      backend_command_line(state.environment.program, make_server_settings(state.scenario));
  command.insert(command.end(), words.begin(), words.end());
  return ServerProcess::start(std::move(command), patience, passed_on);
}

std::optional<Error> prepare_site(RunState& state) {
  std::unique_ptr<CompletionSource> reports;
  std::string backend_url = state.scenario.backend.url;
  if (has_own_backend(state.scenario)) {
    Result<std::unique_ptr<CompletionSource>> started = start_backend(state);
    if (!started) {
      return started.error();
    }
    reports = std::move(*started);
    state.site.account_url = state.backend_process->url();
    backend_url = state.site.account_url;
  }
  state.site.url = state.scenario.path.site.url;
  if (state.site.url.empty()) {
    Result<std::unique_ptr<ServerProcess>> front =
        ServerProcess::start(front_command_line(state.environment.program,
                                                make_front_settings(state.scenario, backend_url)),
                             patience);
    if (!front) {
      return front.error();
    }
    state.front_process = std::move(*front);
    state.site.url = state.front_process->url();
    state.site.is_ours = true;
  }
  if (const Result<void> reached =
          reach_http_backend(make_site_settings(state.scenario, state.site));
      !reached) {
    return reached.error();
  }
  Result<std::unique_ptr<Site>> site = Site::make(state.scenario, run_number(state.document.id),
                                                  state.clock, state.site, std::move(reports));
  if (!site) {
    return site.error();
  }
  state.made_site = std::move(*site);
  return std::nullopt;
}

}  // namespace queuemeter
