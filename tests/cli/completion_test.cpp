// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/completion.hpp"

#include "harness/cli/option_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace queuemeter::cli {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr std::array<std::string_view, 2> queues{"mutex_deque", "null"};

/// A script in a file that goes away with the test.
class ScriptFile {
 public:
  explicit ScriptFile(const std::string& text) {
    std::string name = (std::filesystem::temp_directory_path() / "completion_XXXXXX").string();
    const int descriptor = mkstemp(name.data());
    EXPECT_GE(descriptor, 0);
    path_ = name;
    std::ofstream{path_} << text;
  }
  ScriptFile(const ScriptFile&) = delete;
  ScriptFile& operator=(const ScriptFile&) = delete;
  ~ScriptFile() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe{popen(command.c_str(), "r"), pclose};
  EXPECT_NE(pipe, nullptr);
  std::string text;
  std::array<char, 4096> buffer{};
  for (std::size_t got = 0; (got = fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;) {
    text.append(buffer.data(), got);
  }
  return text;
}

bool has_program(const std::string& name) { return !output_of("command -v " + name).empty(); }

/// What bash proposes for the last of `words`, by the very function that it was told to call.
std::vector<std::string> bash_proposes(const std::vector<std::string>& words) {
  const ScriptFile script{completion_script("bash", queues)};
  std::string list;
  for (const std::string& word : words) {
    list += " '" + word + "'";
  }
  const ScriptFile driver{"source " + script.path() +
                          "\nread -r _ _ _ _ function _ <<< \"$(complete -p queuemeter)\"\n"
                          "[ \"$function\" = _queuemeter ] || function=_queuemeter\n"
                          "COMP_WORDS=(queuemeter" +
                          list + ")\nCOMP_CWORD=" + std::to_string(words.size()) +
                          "\n$function\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n"};
  std::istringstream lines{output_of("bash --norc " + driver.path())};
  std::vector<std::string> proposals;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) {
      proposals.push_back(line);
    }
  }
  return proposals;
}

class BashCompletion : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_program("bash")) {
      GTEST_SKIP() << "bash is not installed";
    }
  }
};

TEST_F(BashCompletion, ProposesTheCommandsThatAreBuilt) {
  EXPECT_THAT(bash_proposes({"q"}), UnorderedElementsAre("queues"));
  EXPECT_THAT(bash_proposes({""}), Contains("run"));
  EXPECT_THAT(bash_proposes({""}), Not(Contains("gate")));
}

TEST_F(BashCompletion, ProposesEveryOptionOfTheTable) {
  for (const Command& command : commands()) {
    if (!command.built) {
      continue;
    }
    const std::vector<std::string> proposals = bash_proposes({std::string{command.name}, "-"});
    for (const Option& option : command.options) {
      if (option.not_built.empty()) {
        EXPECT_THAT(proposals, Contains(std::string{option.name})) << command.name;
      } else {
        EXPECT_THAT(proposals, Not(Contains(std::string{option.name}))) << command.name;
      }
    }
  }
}

TEST_F(BashCompletion, ProposesTheValuesThatAreKnown) {
  EXPECT_THAT(bash_proposes({"run", "--queue", "mu"}), UnorderedElementsAre("mutex_deque"));
  EXPECT_THAT(bash_proposes({"backend", "--work", ""}), UnorderedElementsAre("sleep", "burn"));
  EXPECT_THAT(bash_proposes({"completion", "f"}), UnorderedElementsAre("fish"));
  EXPECT_THAT(bash_proposes({"run", "--rate", ""}), IsEmpty());
}

TEST_F(BashCompletion, ProposesFilesForAScenario) {
  const ScriptFile scenario{""};
  const std::string beginning = scenario.path().substr(0, scenario.path().size() - 2);

  EXPECT_THAT(bash_proposes({"run", beginning}), Contains(scenario.path()));
}

TEST(Completion, EveryShellIsToldEveryOptionWithItsHelp) {
  for (const char* shell : {"zsh", "fish"}) {
    const std::string script = completion_script(shell, queues);
    for (const Option& option : find_command("run")->options) {
      if (option.not_built.empty()) {
        EXPECT_THAT(script, HasSubstr(std::string{option.name.substr(2)})) << shell;
      }
    }
    EXPECT_THAT(script, HasSubstr("mutex_deque")) << shell;
  }
  EXPECT_EQ(completion_script("tcsh", queues), "");
}

TEST(Completion, OtherShellsAcceptTheirScripts) {
  int asked = 0;
  for (const std::string shell : {"zsh", "fish", "bash"}) {
    if (!has_program(shell)) {
      continue;
    }
    ++asked;
    const ScriptFile script{completion_script(shell, queues)};
    EXPECT_EQ(output_of(shell + " -n " + script.path() + " 2>&1; printf %s $?"), "0") << shell;
  }
  if (asked == 0) {
    GTEST_SKIP() << "none of zsh, fish and bash is installed";
  }
}

}  // namespace
}  // namespace queuemeter::cli
