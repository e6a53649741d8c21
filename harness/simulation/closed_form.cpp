// SPDX-License-Identifier: Apache-2.0
#include "harness/simulation/closed_form.hpp"

#include <cmath>

namespace queuemeter::closed_form {
namespace {

/// The time at which a distribution function that grows from 0 to 1 reaches `quantile`.
template <class Distribution>
double invert(Distribution&& distribution, double quantile, double scale) {
  double low = 0.0;
  double high = scale;
  while (distribution(high) < quantile) {
    high *= 2.0;
  }
  for (int halving = 0; halving < 200; ++halving) {
    const double middle = (low + high) / 2.0;
    (distribution(middle) < quantile ? low : high) = middle;
  }
  return high;
}

/// P(wait ≤ t) of M/D/1 with service time 1 and load ρ = λ:
/// (1 − ρ) Σ_{k=0}^{⌊t⌋} (λ(k − t))^k / k! · e^{−λ(k − t)}. Source: Erlang 1909; Kleinrock 5.7.
/// The terms alternate and grow, so they are summed in the widest type there is.
double md1_wait_distribution(double load, double time) {
  const auto rho = static_cast<long double>(load);
  const auto t = static_cast<long double>(time);
  long double sum = 0.0L;
  for (long k = 0; static_cast<long double>(k) <= t; ++k) {
    const long double x = rho * (static_cast<long double>(k) - t);
    long double term = std::exp(-x);
    for (long factor = 1; factor <= k; ++factor) {
      term *= x / static_cast<long double>(factor);
    }
    sum += term;
  }
  return static_cast<double>((1.0L - rho) * sum);
}

}  // namespace

double mm1_mean_time(double arrival, double service) { return 1.0 / (service - arrival); }

double mm1_quantile(double arrival, double service, double quantile) {
  return -std::log1p(-quantile) / (service - arrival);
}

double erlang_c(double arrival, double service, std::size_t servers) {
  const double offered = arrival / service;
  // Erlang B by its recursion, which neither overflows nor cancels, then B to C.
  double blocked = 1.0;
  for (std::size_t server = 1; server <= servers; ++server) {
    blocked = offered * blocked / (static_cast<double>(server) + offered * blocked);
  }
  const double load = offered / static_cast<double>(servers);
  return blocked / (1.0 - load * (1.0 - blocked));
}

double mmc_mean_time(double arrival, double service, std::size_t servers) {
  const double spare = static_cast<double>(servers) * service - arrival;
  return erlang_c(arrival, service, servers) / spare + 1.0 / service;
}

double mmc_quantile(double arrival, double service, std::size_t servers, double quantile) {
  const double waits = erlang_c(arrival, service, servers);
  const double spare = static_cast<double>(servers) * service - arrival;
  // Waiting is 0 with probability 1 − C, else exponential with rate cμ − λ; service is
  // exponential with rate μ; the sum's tail follows by convolution.
  const auto distribution = [=](double time) {
    const double served = std::exp(-service * time);
    if (std::abs(spare - service) < 1e-9 * service) {
      return 1.0 - (served + waits * service * time * served);
    }
    const double both =
        spare / (spare - service) * served - service / (spare - service) * std::exp(-spare * time);
    return 1.0 - ((1.0 - waits) * served + waits * both);
  };
  return invert(distribution, quantile, 1.0 / service);
}

double md1_mean_time(double arrival, double service) {
  const double time = 1.0 / service;
  return pollaczek_khinchine_wait(arrival, time, time * time) + time;
}

double md1_quantile(double arrival, double service, double quantile) {
  const double load = arrival / service;
  const auto distribution = [load](double time) {
    return time < 1.0 ? 0.0 : md1_wait_distribution(load, time - 1.0);
  };
  return invert(distribution, quantile, 1.0) / service;
}

double pollaczek_khinchine_wait(double arrival, double mean_service, double mean_square_service) {
  return arrival * mean_square_service / (2.0 * (1.0 - arrival * mean_service));
}

double mm1k_loss(double arrival, double service, std::size_t room) {
  const double load = arrival / service;
  const auto k = static_cast<double>(room);
  if (std::abs(load - 1.0) < 1e-12) {
    return 1.0 / (k + 1.0);
  }
  return (1.0 - load) * std::pow(load, k) / (1.0 - std::pow(load, k + 1.0));
}

}  // namespace queuemeter::closed_form
