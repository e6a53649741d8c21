// SPDX-License-Identifier: Apache-2.0
// Texts that were scenarios once: whatever stands in a file, it is read or answered, never a crash.
#include "harness/call/draw.hpp"
#include "tests/scenario/reading.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace queuemeter {
namespace {

constexpr std::uint64_t seed = 20;

/// Changes one to four places of a text: a byte flipped, removed, doubled, or a piece moved.
std::string mutated(std::string text, std::uint64_t number, std::uint32_t stream) {
  const KeyedDraws draws{seed, DrawUse::payload};
  const auto changes = 1 + static_cast<std::uint32_t>(draws.uniform(number, stream).first * 4.0);
  for (std::uint32_t change = 1; change <= changes && !text.empty(); ++change) {
    const UniformPair where = draws.uniform(number, stream + 2 * change);
    const UniformPair what = draws.uniform(number, stream + 2 * change + 1);
    const auto at = static_cast<std::size_t>(where.first * static_cast<double>(text.size()));
    const auto length = std::min(static_cast<std::size_t>(where.second * 40.0), text.size() - at);
    switch (static_cast<int>(what.first * 6.0)) {
      case 0:
        text[at] = static_cast<char>(static_cast<int>(what.second * 256.0));
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(at, length));
        break;
      case 3:
        text.insert(static_cast<std::size_t>(what.second * static_cast<double>(text.size())),
                    text.substr(at, length));
        break;
      case 4:
        text[at] = "[]{}\"'=.,#\n-+0919eE_\\"[static_cast<std::size_t>(what.second * 21.0)];
        break;
      default:
        text.resize(at);
        break;
    }
  }
  return text;
}

void expect_answered(std::string_view text, const std::vector<Override>& overrides) {
  const ScenarioReading reading = read_scenario(text, "mutated.toml", overrides);
  ASSERT_EQ(reading.ok(), !reading.scenarios.empty()) << text;
  ASSERT_EQ(reading.scenarios.size(), reading.labels.size());
  for (const ScenarioError& error : reading.errors) {
    ASSERT_FALSE(error.what.empty()) << text;
    ASSERT_EQ(error.sentence().find_first_of(std::string_view{"\n\r\0", 3}), std::string::npos)
        << error.sentence();
    ASSERT_LT(error.sentence().size(), 1'000U) << error.sentence();
  }
  for (const Scenario& scenario : reading.scenarios) {
    const ScenarioReading again = read_scenario(to_toml(scenario), "again.toml");
    ASSERT_TRUE(again.ok()) << again.errors.front().sentence() << '\n' << to_toml(scenario);
    ASSERT_EQ(to_toml(again.scenarios.front()), to_toml(scenario));
  }
}

std::string base_text(const std::string& name) {
  const std::string golden =
      read_text_file(std::string{QUEUEMETER_SOURCE_DIR} + "/tests/scenario/golden/" + name);
  return golden + "\n[matrix]\n\"path.kind\" = [\"queued\"]\nworkers.count = [2, 3]\n";
}

class MutatedScenario : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Goldens, MutatedScenario,
                         testing::Values("scenario-1.toml", "scenario-3-open.toml",
                                         "scenario-3-closed.toml", "scenario-3-saturate.toml"));

TEST_P(MutatedScenario, IsReadOrAnswered) {
  const std::string base = base_text(GetParam());
  ASSERT_TRUE(read_scenario(base, "base.toml").ok());
  int read = 0;
  for (std::uint64_t number = 0; number < 2'000; ++number) {
    const std::string text = mutated(base, number, 0);
    read += read_scenario(text, "mutated.toml").ok() ? 1 : 0;
    expect_answered(text, {});
    if (HasFatalFailure()) {
      FAIL() << "mutation " << number;
    }
  }
  // Otherwise the mutations would be too mild or too wild to test anything.
  EXPECT_GT(read, 30);
  EXPECT_LT(read, 1'950);
}

TEST(MutatedOverride, IsReadOrAnswered) {
  for (std::uint64_t number = 0; number < 2'000; ++number) {
    expect_answered("",
                    {{mutated("backend.timeouts.whole", number, 100),
                      mutated("{ rate = \"5/s\", for = \"exponential(250us)\" }", number, 200)},
                     {"traffic.stages", mutated("[{ rate = \"5/s\", for = \"1s\" }]", number, 300)},
                     {"backend.service_time", mutated("lognormal(20ms, 0.5)", number, 400)}});
    if (HasFatalFailure()) {
      FAIL() << "mutation " << number;
    }
  }
}

TEST(NestedScenario, IsReadOrAnsweredHoweverDeep) {
  for (const std::size_t depth : {10U, 200U, 300U, 9'000U, 100'000U}) {
    expect_answered("queue.options.a = " + std::string(depth, '['), {});
    expect_answered("queue.options.a = " + std::string(depth, '[') + std::string(depth, ']'), {});
    std::string dotted = "a";
    for (std::size_t i = 0; i < depth; ++i) {
      dotted += ".a";
    }
    expect_answered(dotted + " = 1", {});
    expect_answered("", {{dotted, "1"}});
  }
}

}  // namespace
}  // namespace queuemeter
