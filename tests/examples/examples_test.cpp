// SPDX-License-Identifier: Apache-2.0
// Every scenario of the course runs, and shows what its lesson says. On a busy machine a run may
// find itself invalid; then it must say by which check.
#include "tests/brokers/private_redis.hpp"
#include "tests/end_to_end/program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter::end_to_end {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AnyOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* php = "/usr/bin/php";
const fs::path folder_of_examples = fs::path{QUEUEMETER_SOURCE_DIR} / "examples";

std::vector<std::string> lessons() {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator{folder_of_examples}) {
    if (entry.path().extension() == ".toml") {
      names.push_back(entry.path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream{path, std::ios::binary}.rdbuf();
  return text.str();
}

/// The results of a run, or of all runs of a study.
std::vector<json> results_of(const json& document) {
  if (document.at("schema") == "queuemeter.result/1") {
    return {document};
  }
  EXPECT_EQ(document.at("schema"), "queuemeter.study/1");
  std::vector<json> results;
  for (const json& run : document.at("runs")) {
    results.push_back(run.at("result"));
  }
  return results;
}

std::int64_t calls(const json& result, const char* outcome) {
  return result.at("ledger").at(outcome).get<std::int64_t>();
}

std::int64_t because(const json& result, const char* reason) {
  return result.at("ledger").at("reasons").value(reason, std::int64_t{0});
}

double seconds(const json& result, const char* span, const char* statistic) {
  return result.at("latency_ns").at(span).at(statistic).get<double>() * 1e-9;
}

bool all_are_done(const json& result) {
  return calls(result, "completed") == calls(result, "planned");
}

/// What a lesson promises its reader.
struct Claim {
  std::string_view lesson;
  std::string_view words;
  bool (*holds)(const std::vector<json>& results);
};

constexpr std::array claims{
    Claim{"01_direct", "every call is done, and the first answer is the result",
          [](const std::vector<json>& runs) {
            return all_are_done(runs[0]) && runs[0].at("queue").is_null() &&
                   runs[0].at("latency_ns").at("answer") ==
                       runs[0].at("latency_ns").at("completion");
          }},
    Claim{"02_one_queue", "every call is done, and the first answer comes long before the result",
          [](const std::vector<json>& runs) {
            return all_are_done(runs[0]) &&
                   seconds(runs[0], "answer", "p50") < seconds(runs[0], "completion", "p50") / 4;
          }},
    Claim{"03_what_when_full", "the queue refuses about half, and its bound is its peak",
          [](const std::vector<json>& runs) {
            return calls(runs[0], "rejected") > calls(runs[0], "planned") / 4 &&
                   because(runs[0], "full") == calls(runs[0], "rejected") &&
                   runs[0].at("backlog").at("peak") == 50 &&
                   runs[0].at("limiting_part") == "workers";
          }},
    Claim{"04_a_deadline", "many expire, most of what is done is late, and nothing is rejected",
          [](const std::vector<json>& runs) {
            return calls(runs[0], "expired") > calls(runs[0], "planned") / 4 &&
                   calls(runs[0], "late") > calls(runs[0], "completed") / 2 &&
                   calls(runs[0], "rejected") == 0;
          }},
    Claim{"05_direct_against_queued", "more is done in time with the queue than without",
          [](const std::vector<json>& runs) {
            const auto in_time = [](const json& result) {
              return calls(result, "completed") - calls(result, "late");
            };
            return runs.size() == 2 && because(runs[0], "reply_timeout") > 0 &&
                   in_time(runs[1]) > in_time(runs[0]);
          }},
    Claim{"06_a_ramp", "a backlog builds up and is gone again, and every call is done",
          [](const std::vector<json>& runs) {
            const json& backlog = runs[0].at("backlog");
            return all_are_done(runs[0]) && backlog.at("peak") > 20 &&
                   backlog.at("end") < backlog.at("peak").get<std::int64_t>() / 2;
          }},
    Claim{"07_a_backend_that_freezes", "the worst call waited for the freeze, the typical did not",
          [](const std::vector<json>& runs) {
            return all_are_done(runs[0]) && seconds(runs[0], "completion", "max") > 0.9 &&
                   seconds(runs[0], "completion", "p90") > 0.1 &&
                   seconds(runs[0], "completion", "p50") < 0.2;
          }},
    Claim{"08_errors_and_hangs", "calls fail for two reasons and no other",
          [](const std::vector<json>& runs) {
            const std::int64_t errors = because(runs[0], "backend_error");
            const std::int64_t hangs = because(runs[0], "backend_timeout");
            return errors > hangs && hangs > 0 && calls(runs[0], "failed") == errors + hangs;
          }},
    Claim{"09_objectives", "three objectives are met",
          [](const std::vector<json>& runs) {
            const json& objectives = runs[0].at("objectives");
            return objectives.size() == 3 &&
                   std::all_of(objectives.begin(), objectives.end(),
                               [](const json& objective) { return objective.at("met") == true; });
          }},
    Claim{"10_what_the_harness_itself_costs",
          "the null queue carries every call to its end, and an idle worker is woken at once",
          [](const std::vector<json>& runs) {
            return all_are_done(runs[0]) && runs[0].at("queue").at("name") == "null" &&
                   seconds(runs[0], "queueing", "p50") < 0.02;
          }},
    Claim{"11_callers_who_wait", "callers are rate times waiting and thinking, to 5 %",
          [](const std::vector<json>& runs) {
            const double rate = runs[0].at("throughput").at("completed_per_s").get<double>();
            const double callers = rate * (seconds(runs[0], "completion", "mean") + 0.1);
            return all_are_done(runs[0]) && callers > 190.0 && callers < 210.0;
          }},
    Claim{"12_two_kinds_of_calls", "both classes wait alike, and only pages are late",
          [](const std::vector<json>& runs) {
            const json& classes = runs[0].at("classes");
            const auto late = [&classes](std::size_t index) {
              return calls(classes.at(index), "late");
            };
            return classes.size() == 2 && late(0) > 0 && late(1) == 0 &&
                   calls(classes[0], "planned") > 7 * calls(classes[1], "planned");
          }},
    Claim{"13_an_asynchronous_pool", "half of the thousand slots are busy, and every call is done",
          [](const std::vector<json>& runs) {
            const double busy = runs[0].at("workers").at("busy").get<double>();
            return all_are_done(runs[0]) && busy > 450.0 && busy < 600.0;
          }},
    Claim{"14_worker_processes", "calls are lost with the workers that died, and no others",
          [](const std::vector<json>& runs) {
            return calls(runs[0], "lost") > 0 &&
                   calls(runs[0], "lost") == because(runs[0], "worker_died") &&
                   calls(runs[0], "completed") > calls(runs[0], "planned") / 2;
          }},
    Claim{"15_redis_and_waiting_callers", "every call comes back through the second list",
          [](const std::vector<json>& runs) {
            return all_are_done(runs[0]) && runs[0].at("latency_ns").at("return").is_object() &&
                   seconds(runs[0], "return", "p50") > 0.0;
          }},
    Claim{"16_answer_and_result",
          "only through the site, and the queue, the answer comes long before",
          [](const std::vector<json>& runs) {
            return runs.size() == 3 &&
                   runs[0].at("latency_ns").at("answer") ==
                       runs[0].at("latency_ns").at("completion") &&
                   seconds(runs[2], "answer", "p50") < seconds(runs[2], "completion", "p50") / 4 &&
                   because(runs[2], "full") > calls(runs[2], "planned") / 8;
          }},
    Claim{"17_a_site_of_your_own",
          "every call is seen at the backend, and the shop adds its own time",
          [](const std::vector<json>& runs) {
            return all_are_done(runs[0]) && runs[0].at("front").at("strange") == 0 &&
                   seconds(runs[0], "service", "p50") > 0.015 &&
                   seconds(runs[0], "completion", "p50") > seconds(runs[0], "service", "p50");
          }},
};

const Claim* claim_of(std::string_view lesson) {
  const auto* const claim = std::find_if(claims.begin(), claims.end(),
                                         [&](const Claim& each) { return each.lesson == lesson; });
  return claim == claims.end() ? nullptr : claim;
}

void expect_balanced(const json& result) {
  std::int64_t sum = 0;
  for (const char* outcome : {"completed", "rejected", "shed", "expired", "failed", "lost",
                              "unfinished", "unknown", "unsent"}) {
    sum += calls(result, outcome);
  }
  EXPECT_EQ(sum, calls(result, "planned"));
  EXPECT_GT(sum, 0);
  EXPECT_TRUE(result.at("ledger").at("balanced").get<bool>());
}

/// An invalid run names a check that failed, and says why; any other names none.
void expect_reason_for_verdict(const json& result) {
  const json& validity = result.at("validity");
  int failed = 0;
  for (const json& check : validity.at("checks")) {
    if (check.at("verdict") == "fail") {
      ++failed;
      EXPECT_FALSE(check.at("note").get<std::string>().empty()) << check;
    }
  }
  EXPECT_EQ(failed > 0, validity.at("verdict") == "invalid") << validity;
}

bool needs_redis(const std::string& lesson) {
  return read(folder_of_examples / (lesson + ".toml")).find("redis://") != std::string::npos;
}

/// Without a server that part is absent, which tests/brokers says.
std::vector<std::string> lessons_that_run_here() {
  std::vector<std::string> found = lessons();
  if (!brokers_test::has_redis_server()) {
    std::erase_if(found, needs_redis);
  }
  return found;
}

class Examples : public testing::TestWithParam<std::string> {};

TEST_P(Examples, RunsAndShowsWhatItsLessonSays) {
  const Claim* const claim = claim_of(GetParam());
  ASSERT_NE(claim, nullptr) << "a lesson without a claim; add it to the table";
  const TemporaryFolder folder;
  const fs::path file = folder_of_examples / (GetParam() + ".toml");

  std::vector<std::string> words{"run",    file.string(), "--out", folder.path() + "/out",
                                 "--json", "--quiet"};
  std::optional<brokers_test::PrivateRedis> redis;
  if (needs_redis(GetParam())) {
    redis.emplace();
    words.insert(words.end(), {"--queue", redis->url()});
  }
  std::optional<RunningProgram> shop;
  if (read(file).find("17_shop.php") != std::string::npos) {
    if (!fs::exists(php)) {
      GTEST_SKIP() << "php is not installed; tools/setup --all installs it";
    }
    shop.emplace(Start{.program = php,
                       .arguments = {"-S", "127.0.0.1:8090", folder_of_examples / "17_shop.php"},
                       .environment = {{"PRICE_URL", "http://127.0.0.1:8091/price"},
                                       {"PHP_CLI_SERVER_WORKERS", "8"}}});
    ASSERT_TRUE(shop->wait_for_errors("started", std::chrono::seconds{10}));
  }
  const Finished run = run_queuemeter(words, folder.path());

  ASSERT_THAT(run.exit_code, AnyOf(0, 3)) << run.err << run.out;
  const std::vector<json> results = results_of(json::parse(run.out));
  bool is_invalid = false;
  for (const json& result : results) {
    EXPECT_TRUE(result.at("run").at("complete").get<bool>());
    expect_balanced(result);
    expect_reason_for_verdict(result);
    is_invalid = is_invalid || result.at("validity").at("verdict") == "invalid";
  }
  EXPECT_EQ(run.exit_code, is_invalid ? 3 : 0);
  EXPECT_TRUE(claim->holds(results)) << claim->words << "\n" << run.out;
}

class Lessons : public testing::TestWithParam<std::string> {};

TEST_P(Lessons, SayWhatToLookAtAndStandInTheCourse) {
  const std::string text = read(folder_of_examples / (GetParam() + ".toml"));
  const auto number = std::stoi(GetParam().substr(0, 2));

  EXPECT_THAT(text, StartsWith("# SPDX-License-Identifier: Apache-2.0\n# Lesson " +
                               std::to_string(number) + ": "));
  EXPECT_THAT(text, HasSubstr("Look at: "));
  EXPECT_THAT(read(folder_of_examples / "README.md"),
              HasSubstr("    queuemeter run examples/" + GetParam() + ".toml"));
}

std::string name_of(const testing::TestParamInfo<std::string>& lesson) { return lesson.param; }

INSTANTIATE_TEST_SUITE_P(Course, Examples, testing::ValuesIn(lessons_that_run_here()), name_of);
INSTANTIATE_TEST_SUITE_P(Course, Lessons, testing::ValuesIn(lessons()), name_of);

TEST(Course, IsNumberedWithoutGapsAndEveryClaimHasItsLesson) {
  const std::vector<std::string> names = lessons();

  ASSERT_EQ(names.size(), claims.size());
  for (std::size_t index = 0; index < names.size(); ++index) {
    EXPECT_EQ(std::stoul(names[index].substr(0, 2)), index + 1);
    EXPECT_EQ(names[index], claims[index].lesson);
  }
}

}  // namespace
}  // namespace queuemeter::end_to_end
