// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/backend/backend.hpp"
#include "harness/backend/freeze_windows.hpp"
#include "harness/backend/service_model.hpp"
#include "harness/call/instant.hpp"

#include <memory>

namespace queuemeter {

/// What a synthetic backend does with a call.
struct SyntheticSettings {
  ServiceModel model;
  /// The client's patience from `begin` to the whole reply; `Duration::max()` = none.
  Duration client_timeout = Duration::max();
  FreezeWindows freezes = {};
};

/// A backend in memory: a first-come-first-served gate of N slots with a bounded waiting room,
/// shared by all its clients (thread-safe). With a virtual clock it is a G/G/N queue, which is how
/// the harness checks itself against theory.
///
/// With `Work::sleep` it takes time without using CPU. With `Work::burn` the thread that owns the
/// client does the work itself, inside `step`, one call after the other: the processor is what
/// calls compete for, and a client is busy while it burns, whatever else it has begun. A slot is
/// then only the permission to burn; where more threads than slots want to, the others look for a
/// free slot every 100 us, in no particular order. Under a virtual clock burning takes its time
/// there too, as if every thread had a processor of its own.
///
/// A call that hangs is ended only by `client_timeout`; without one it holds its slot, and whoever
/// waits for it, until it is abandoned (which the drain's end does).
[[nodiscard]] std::unique_ptr<Backend> make_synthetic_backend(SyntheticSettings settings);

}  // namespace queuemeter
