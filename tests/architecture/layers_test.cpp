// SPDX-License-Identifier: Apache-2.0
// Which part may include which: the table of the design, as data, held against every include.
#include "tests/architecture/source_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter::architecture {
namespace {

using Parts = std::set<std::string, std::less<>>;

/// Every part, and the other parts that its files may include.
const std::map<std::string, Parts, std::less<>>& allowed_includes() {
  static const Parts all_that_run_may{"harness/call",   "harness/scenario", "harness/measure",
                                      "harness/queue",  "harness/net",      "harness/backend",
                                      "harness/path",   "harness/front",    "harness/traffic",
                                      "harness/record", "harness/judge",    "harness/report"};
  static const auto with = [](Parts parts, const Parts& more) {
    parts.insert(more.begin(), more.end());
    return parts;
  };
  static const Parts all_of_harness =
      with(all_that_run_may,
           {"harness/run", "harness/study", "harness/simulation", "harness/fleet", "harness/feed"});
  static const Parts of_a_queue{"harness/call", "harness/queue"};
  static const Parts of_the_gui{"harness/feed",   "harness/record",  "harness/judge",
                                "harness/report", "harness/measure", "harness/scenario"};
  static const std::map<std::string, Parts, std::less<>> table{
      {"harness/call", {}},
      {"harness/scenario", {"harness/call"}},
      {"harness/measure", {"harness/call"}},
      {"harness/queue", {"harness/call"}},
      {"harness/net", {"harness/call"}},
      {"harness/backend", {"harness/call", "harness/measure", "harness/net"}},
      {"harness/path",
       {"harness/call", "harness/queue", "harness/net", "harness/backend", "harness/measure"}},
      {"harness/front",
       {"harness/call", "harness/queue", "harness/net", "harness/path", "harness/backend",
        "harness/measure"}},
      {"harness/traffic", {"harness/call", "harness/path", "harness/measure"}},
      {"harness/record", {"harness/call", "harness/scenario", "harness/measure"}},
      {"harness/judge", {"harness/call", "harness/scenario", "harness/measure", "harness/record"}},
      {"harness/report",
       {"harness/call", "harness/scenario", "harness/measure", "harness/record", "harness/judge"}},
      {"harness/run", all_that_run_may},
      {"harness/study",
       {"harness/call", "harness/scenario", "harness/run", "harness/record", "harness/judge"}},
      {"harness/simulation", with(all_that_run_may, {"harness/run"})},
      {"harness/fleet",
       {"harness/call", "harness/scenario", "harness/measure", "harness/record", "harness/run"}},
      {"harness/feed", {"harness/call", "harness/measure", "harness/record", "harness/net"}},
      {"harness/cli",
       with(all_of_harness, {"queue_impls", "queue_impls/in_process", "queue_impls/ipc",
                             "queue_impls/brokers", "queue_impls/plugin"})},
      {"queue_impls", with(of_a_queue, {"queue_impls/in_process", "queue_impls/ipc",
                                        "queue_impls/brokers", "queue_impls/plugin"})},
      {"queue_impls/in_process", with(of_a_queue, {"queue_impls"})},
      {"queue_impls/ipc", with(of_a_queue, {"queue_impls"})},
      {"queue_impls/brokers", with(of_a_queue, {"queue_impls"})},
      {"queue_impls/plugin", with(of_a_queue, {"queue_impls"})},
      {"gui/model", of_the_gui},
      {"gui/view", with(of_the_gui, {"gui/model"})},
      {"gui/app", with(of_the_gui, {"gui/model", "gui/view"})},
      {"benchmarks",
       with(all_of_harness,
            {"queue_impls", "queue_impls/in_process", "queue_impls/ipc", "queue_impls/brokers",
             "queue_impls/plugin", "tests/brokers", "tests/end_to_end", "tests/peers"})},
      // Tests may include everything; these are named for benchmarks of real brokers and servers.
      {"tests/brokers", {}},
      {"tests/end_to_end", {}},
      {"tests/peers", {}},
  };
  return table;
}

/// The part that owns a file: the longest entry of the table that its folder starts with; "" for
/// what the table does not know.
std::string part_of(std::string_view path) {
  std::string best;
  for (const auto& [part, allowed] : allowed_includes()) {
    if (path.starts_with(part + "/") && part.size() > best.size()) {
      best = part;
    }
  }
  return best;
}

bool may_include_everything(std::string_view path) {
  return path.starts_with("tests/") || path.starts_with("examples/");
}

std::vector<std::string> layer_errors(const SourceFile& file) {
  std::vector<std::string> errors;
  if (!is_cpp(file.path) || may_include_everything(file.path)) {
    return errors;
  }
  const std::string own = part_of(file.path);
  if (own.empty()) {
    errors.push_back(at_line(file.path, 1, "its folder is not in the table of parts"));
    return errors;
  }
  for (const Include& include : includes(file.text)) {
    if (!include.quoted) {
      continue;
    }
    const std::string target = part_of(include.target);
    if (target.empty()) {
      errors.push_back(at_line(file.path, include.line,
                               "\"" + include.target + "\" is not rooted at the repository"));
    } else if (target != own && !allowed_includes().at(own).contains(target)) {
      errors.push_back(at_line(file.path, include.line, own + " may not include " + target));
    }
  }
  return errors;
}

/// Headers that stay out of ours: whoever includes us must not pay for them.
std::vector<std::string> heavy_include_errors(const SourceFile& file) {
  static const std::vector<std::string> heavy{"boost/asio", "toml++",     "toml.hpp",
                                              "nlohmann",   "httplib.h",  "cpp-httplib",
                                              "CLI/",       "boost/beast"};
  std::vector<std::string> errors;
  if (!is_header(file.path) || may_include_everything(file.path)) {
    return errors;
  }
  for (const Include& include : includes(file.text)) {
    for (const std::string& name : heavy) {
      if (include.target.starts_with(name)) {
        errors.push_back(at_line(file.path, include.line,
                                 "a header of ours may not include " + include.target +
                                     "; declare what you need and include it in the .cpp"));
      }
    }
  }
  return errors;
}

TEST(Layers, EveryIncludeKeepsTheTable) {
  std::vector<std::string> errors;
  for (const SourceFile& file : source_tree()) {
    const auto found = layer_errors(file);
    errors.insert(errors.end(), found.begin(), found.end());
  }

  EXPECT_TRUE(errors.empty()) << joined(errors);
}

TEST(Layers, TheTreeThatIsCheckedHoldsEveryStationOfACall) {
  Parts seen;
  for (const SourceFile& file : source_tree()) {
    seen.insert(part_of(file.path));
  }

  for (const char* part : {"harness/call", "harness/scenario", "harness/measure", "harness/queue",
                           "harness/backend", "harness/record", "harness/run", "harness/cli"}) {
    EXPECT_TRUE(seen.contains(part)) << part << ": no file of it was read";
  }
}

TEST(Layers, TheTableHasNoCycle) {
  // Depth-first from every part of the harness: nobody may reach themselves.
  for (const auto& [start, direct] : allowed_includes()) {
    if (!start.starts_with("harness/")) {
      continue;
    }
    Parts reached;
    std::vector<std::string> open(direct.begin(), direct.end());
    while (!open.empty()) {
      const std::string part = open.back();
      open.pop_back();
      if (reached.insert(part).second && allowed_includes().contains(part)) {
        const Parts& next = allowed_includes().at(part);
        open.insert(open.end(), next.begin(), next.end());
      }
    }
    EXPECT_FALSE(reached.contains(start)) << start << " can reach itself";
  }
}

TEST(Layers, AForbiddenIncludeIsFound) {
  const SourceFile upward{"harness/call/call.hpp", "#include \"harness/run/run.hpp\"\n"};
  const SourceFile sideways{"harness/scenario/scenario.cpp", "\n#include \"queue_impls/c.hpp\"\n"};
  const SourceFile judging{"harness/judge/checks.cpp", "#  include \"harness/path/path.hpp\"\n"};

  EXPECT_EQ(layer_errors(upward),
            std::vector<std::string>{
                "harness/call/call.hpp:1: harness/call may not include harness/run"});
  EXPECT_EQ(layer_errors(sideways),
            std::vector<std::string>{
                "harness/scenario/scenario.cpp:2: harness/scenario may not include queue_impls"});
  EXPECT_EQ(layer_errors(judging).size(), 1u);
}

TEST(Layers, AnIncludeNotRootedAtTheRepositoryIsFound) {
  const SourceFile neighbour{"harness/run/run.cpp", "#include \"run.hpp\"\n"};
  const SourceFile unknown_folder{"harness/extras/extra.cpp", "#include <vector>\n"};

  EXPECT_EQ(layer_errors(neighbour).size(), 1u);
  EXPECT_EQ(layer_errors(unknown_folder).size(), 1u);
}

TEST(Layers, AnAllowedIncludeIsNoError) {
  const SourceFile queue{"queue_impls/in_process/null_queue.cpp",
                         "#include \"queue_impls/in_process/null_queue.hpp\"\n"
                         "#include \"harness/queue/queue.hpp\"\n#include <vector>\n"};
  const SourceFile test{"tests/call/call_test.cpp", "#include \"harness/run/run.hpp\"\n"};

  EXPECT_TRUE(layer_errors(queue).empty());
  EXPECT_TRUE(layer_errors(test).empty());
}

TEST(Layers, NoPublicHeaderIncludesAHeavyLibrary) {
  std::vector<std::string> errors;
  for (const SourceFile& file : source_tree()) {
    const auto found = heavy_include_errors(file);
    errors.insert(errors.end(), found.begin(), found.end());
  }

  EXPECT_TRUE(errors.empty()) << joined(errors);
}

TEST(Layers, AHeavyLibraryInAHeaderIsFound) {
  for (const char* target : {"boost/asio.hpp", "boost/asio/io_context.hpp", "toml++/toml.h",
                             "nlohmann/json.hpp", "httplib.h", "CLI/CLI.hpp"}) {
    const std::string text = std::string{"#include <"} + target + ">\n";

    EXPECT_EQ(heavy_include_errors({"harness/run/run.hpp", text}).size(), 1u) << target;
    EXPECT_TRUE(heavy_include_errors({"harness/run/run.cpp", text}).empty()) << target;
  }
  EXPECT_TRUE(
      heavy_include_errors({"harness/backend/backend.hpp",
                            "namespace boost::asio {\nclass io_context;\n}\n#include <vector>\n"})
          .empty());
}

}  // namespace
}  // namespace queuemeter::architecture
