// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace queuemeter::closed_form {

// What theory says of simple queues, in seconds and calls per second: the oracle the harness is
// checked against. `arrival` is λ, `service` is μ (1 ÷ mean service time), `servers` is c.
// Preconditions: λ < c·μ, all above 0, quantiles in (0, 1).
// Sources: Kleinrock, "Queueing Systems" I, chapters 3 and 5; Gross et al., "Fundamentals of
// Queueing Theory", chapter 2.

/// M/M/1: time in system (waiting and service) is exponential with mean 1 ÷ (μ − λ).
[[nodiscard]] double mm1_mean_time(double arrival, double service);
[[nodiscard]] double mm1_quantile(double arrival, double service, double quantile);

/// Erlang C: the probability that an arrival at M/M/c must wait.
[[nodiscard]] double erlang_c(double arrival, double service, std::size_t servers);
/// M/M/c: mean time in system.
[[nodiscard]] double mmc_mean_time(double arrival, double service, std::size_t servers);
/// M/M/c: quantile of the time in system, by bisection of its distribution.
[[nodiscard]] double mmc_quantile(double arrival, double service, std::size_t servers,
                                  double quantile);

/// M/D/1: mean time in system, by Pollaczek and Khinchine.
[[nodiscard]] double md1_mean_time(double arrival, double service);
/// M/D/1: quantile of the time in system, by bisection of Erlang's series for the waiting time.
[[nodiscard]] double md1_quantile(double arrival, double service, double quantile);

/// Pollaczek–Khinchine: mean waiting time of M/G/1 from the moments of the service time.
[[nodiscard]] double pollaczek_khinchine_wait(double arrival, double mean_service,
                                              double mean_square_service);

/// M/M/1/K: the fraction of arrivals refused, with room for K calls, the one in service included.
[[nodiscard]] double mm1k_loss(double arrival, double service, std::size_t room);

}  // namespace queuemeter::closed_form
