// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/instant.hpp"

namespace queuemeter {

/// A part that acts when time passes: an offerer, a worker, a backend client.
///
/// It never waits and never looks at a clock by itself. A thread, an event loop or a virtual clock
/// drives it, so the same code runs in a measurement and in a simulation.
/// One instance belongs to one driver and is used from that driver's thread only.
class Stepper {
 public:
  Stepper() = default;
  Stepper(const Stepper&) = delete;
  Stepper& operator=(const Stepper&) = delete;
  virtual ~Stepper() = default;

  /// Does everything that is due at `now` and returns when it wants to be woken next: `never` when
  /// only somebody else can give it work. Being stepped early is harmless.
  virtual Instant step(Instant now) = 0;
};

}  // namespace queuemeter
