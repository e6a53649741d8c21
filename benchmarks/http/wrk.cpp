// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/http/wrk.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace queuemeter::http_benchmark {
namespace {

/// A number with its unit, as in "10.00s" or "541.00us", in the unit asked for.
double time_in(const char* text, double seconds_per_unit) {
  char* unit = nullptr;
  const double value = std::strtod(text, &unit);
  const std::string_view rest{unit};
  const double seconds = rest.starts_with("us")   ? 1e-6
                         : rest.starts_with("ms") ? 1e-3
                         : rest.starts_with("m")  ? 60.0
                                                  : 1.0;
  return value * seconds / seconds_per_unit;
}

}  // namespace

WrkRun read_wrk(const std::string& text) {
  // "  634561 requests in 5.00s, 82.31MB read"
  const std::size_t words = text.find(" requests in ");
  if (words == std::string::npos) {
    throw std::runtime_error{"wrk says nothing of its requests: " + text};
  }
  for (const char* const trouble : {"Socket errors", "Non-2xx"}) {
    if (text.find(trouble) != std::string::npos) {
      throw std::runtime_error{"requests of wrk failed: " + text};
    }
  }
  WrkRun run;
  const std::size_t line = text.rfind('\n', words);
  run.requests = std::strtod(text.c_str() + (line == std::string::npos ? 0 : line + 1), nullptr);
  run.seconds = time_in(text.c_str() + words + std::string_view{" requests in "}.size(), 1.0);
  // "     50%  101.00us" (wrk), " 50.000%    0.87ms" (wrk2)
  for (const std::string_view mark : {" 50%", " 50.000%"}) {
    if (const std::size_t at = text.find(mark); at != std::string::npos) {
      run.median_latency_us = time_in(text.c_str() + at + mark.size(), 1e-6);
      break;
    }
  }
  return run;
}

WrkRun run_wrk(const std::vector<std::string>& words) {
  Finished process = run_to_end(words, client_core);
  if (process.exit_code != 0) {
    throw std::runtime_error{
        fmt::format("{} ended with {}", fmt::join(words, " "), process.exit_code)};
  }
  WrkRun run = read_wrk(process.out);
  run.process = std::move(process);
  return run;
}

}  // namespace queuemeter::http_benchmark
