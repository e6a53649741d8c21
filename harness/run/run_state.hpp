// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/server_process.hpp"
#include "harness/call/clock.hpp"
#include "harness/path/run_window.hpp"
#include "harness/record/run_document.hpp"
#include "harness/record/run_folder.hpp"
#include "harness/run/assembly.hpp"
#include "harness/run/engine.hpp"
#include "harness/run/observation.hpp"
#include "harness/run/run.hpp"
#include "harness/run/run_parts.hpp"
#include "harness/run/site.hpp"
#include "harness/run/ticker.hpp"
#include "harness/scenario/scenario.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace queuemeter {

/// What the phases of one run hand to each other. Members end in reverse order: the threads before
/// the folder they are written to, the backend's process last. Conductor's thread only.
struct RunState {
  RunState(const Scenario& what, const RunEnvironment& where, std::string folder_name)
      : scenario{what},
        environment{where},
        folder_path{std::move(folder_name)},
        clock_owner{make_clock(what)},
        clock{*clock_owner} {}

  const Scenario& scenario;
  const RunEnvironment& environment;
  std::string folder_path;

  std::unique_ptr<Clock> clock_owner;
  Clock& clock;
  RunDocument document;
  std::optional<Duration> opened_in;  ///< until all connections wanted before the traffic were open
  std::unique_ptr<ServerProcess> backend_process;  // managed backends only
  std::unique_ptr<ServerProcess> front_process;    // front ends of our own only
  SiteAddress site;                                // the path through a front end only
  std::unique_ptr<Site> made_site;                 // likewise, until the parts have it
  RunWindow window;
  std::optional<RunFolder> folder;
  std::unique_ptr<RunParts> parts;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Ticker> ticker;
  std::optional<Enrolment> conductor;  ///< this thread's, while the engine runs

  Reading opening;  ///< at `measure_from`
  Reading closing;  ///< when traffic stopped
  Reading end;      ///< when the drain was over
  Instant traffic_ended = unobserved;
  Instant drain_ended = unobserved;
  Instant sweep_ended = unobserved;
  bool interrupted = false;
  std::optional<std::string> stopped_because;  ///< by a rule of our own
  std::optional<Error> write_error;  ///< the first; the run ends early and is not a result
};

}  // namespace queuemeter
