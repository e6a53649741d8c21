// SPDX-License-Identifier: Apache-2.0
// The whole program on real sockets beside wrk, wrk2 and nginx. Prints the sections of a Markdown
// page; with a second file, every round's figures go there as CSV.
//
// Usage: http_benchmark [--rounds N] [--seconds N] [--csv FILE] [SECTION…]
// Every figure comes from queuemeter's own result.json and from the CPU time that the kernel
// charged to the whole process.
#include "benchmarks/http/plan.hpp"
#include "tests/peers/private_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace queuemeter::http_benchmark;  // NOLINT: a program of one file

struct Section {
  std::string_view name;
  Figures (*measure)(const Plan& plan);
};

constexpr std::array sections{
    Section{"closed-16", [](const Plan& plan) { return measure_closed_loop(plan, 16); }},
    Section{"closed-256", [](const Plan& plan) { return measure_closed_loop(plan, 256); }},
    Section{"open-10k", [](const Plan& plan) { return measure_open_loop(plan, 10'000); }},
    Section{"open-30k", [](const Plan& plan) { return measure_open_loop(plan, 30'000); }},
    Section{"connections", &measure_many_connections},
    Section{"front", &measure_front_end}};

struct Arguments {
  Plan plan;
  std::string csv;
  std::vector<std::string> sections;
};

std::optional<Arguments> read_arguments(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const bool has_value = i + 1 < words.size();
    if (word == "--rounds" && has_value) {
      arguments.plan.rounds = std::strtoul(words[++i].c_str(), nullptr, 10);
    } else if (word == "--seconds" && has_value) {
      arguments.plan.seconds = std::strtoul(words[++i].c_str(), nullptr, 10);
    } else if (word == "--csv" && has_value) {
      arguments.csv = words[++i];
    } else if (std::ranges::find(sections, word, &Section::name) != sections.end()) {
      arguments.sections.push_back(word);
    } else {
      return std::nullopt;
    }
  }
  const bool measures = arguments.plan.rounds > 0 && arguments.plan.seconds > 0;
  return measures ? std::optional{arguments} : std::nullopt;
}

int measure(const Arguments& arguments) {
  std::string csv = "section,figure,unit,round,value\n";
  for (const Section& section : sections) {
    const bool wanted =
        arguments.sections.empty() ||
        std::ranges::find(arguments.sections, section.name) != arguments.sections.end();
    if (wanted) {
      fmt::print(stderr, "http_benchmark: {}\n", section.name);
      const Figures figures = section.measure(arguments.plan);
      fmt::print("{}", figures.page());
      std::fflush(stdout);
      csv += figures.csv();
    }
  }
  if (!arguments.csv.empty()) {
    std::ofstream{arguments.csv} << csv;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = read_arguments({argv + 1, argv + argc});
  if (!arguments) {
    fmt::print(stderr,
               "usage: http_benchmark [--rounds N] [--seconds N] [--csv FILE] [closed-16 | "
               "closed-256 | open-10k | open-30k | connections | front]…\n");
    return 2;
  }
  if (!queuemeter::peers::is_installed("nginx")) {
    fmt::print(stderr, "nginx is not installed; tools/setup --peers installs it\n");
    return 4;
  }
  try {
    return measure(*arguments);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "http_benchmark: {}\n", failure.what());
    return 3;
  }
}
