// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "benchmarks/http/figures.hpp"

#include <cstddef>

namespace queuemeter::http_benchmark {

/// How much is measured.
struct Plan {
  std::size_t rounds = 5;     ///< interleaved; each has every contestant once
  std::size_t seconds = 5;    ///< of each run
  std::size_t open = 15'000;  ///< connections of the section about many of them
};

// Each measures one question of the page, in interleaved rounds.

/// Callers on so many connections, as fast as nginx answers: wrk and ours.
[[nodiscard]] Figures measure_closed_loop(const Plan& plan, std::size_t connections);
/// A schedule of so many calls per second on 16 connections: wrk2 and ours, paced in two ways.
[[nodiscard]] Figures measure_open_loop(const Plan& plan, std::size_t calls_per_second);
/// Many open connections: what each costs, whether a schedule holds, how fast they are opened.
[[nodiscard]] Figures measure_many_connections(const Plan& plan);
/// The front end: whole calls per second with a callback each, and 202s beside nginx.
[[nodiscard]] Figures measure_front_end(const Plan& plan);

}  // namespace queuemeter::http_benchmark
