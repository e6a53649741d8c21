// SPDX-License-Identifier: Apache-2.0
// tools/setup, with stand-ins for Debian's tools: nothing is installed here.
#include "tests/end_to_end/program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace queuemeter::end_to_end {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

constexpr std::chrono::seconds limit{20};

class Setup : public testing::Test {
 protected:
  /// A dpkg-query that knows all packages but `missing`, and an apt-get that writes down what it is
  /// told and ends with `apt_exit`.
  void pretend(const std::string& missing, int apt_exit, const std::string& release = "12.5") {
    write_script("dpkg-query",
                 "case \"$*\" in *\" " + missing + "\") exit 1;; esac\nprintf installed\n");
    write_script("apt-get", "echo \"$*\" >>\"" + folder_.path() + "/told\"\ncp \"" + policy() +
                                "\" \"" + folder_.path() +
                                "/policy_seen\"\necho 'E: no route to host'\nexit " +
                                std::to_string(apt_exit) + "\n");
    write_script("sudo", "exec \"$@\"\n");
    write_script("systemctl", "echo \"$*\" >>\"" + folder_.path() + "/services\"\n");
    release_ = folder_.write("debian_version", release + "\n");
  }

  Finished setup(const std::vector<std::string>& arguments) {
    RunningProgram program{{.program = QUEUEMETER_SOURCE_DIR "/tools/setup",
                            .arguments = arguments,
                            .environment = {{"PATH", folder_.path() + ":" + std::getenv("PATH")},
                                            {"QUEUEMETER_DEBIAN_VERSION_FILE", release_},
                                            {"QUEUEMETER_SERVICE_POLICY", policy()}}}};
    return program.wait(limit);
  }

  [[nodiscard]] bool apt_was_called() const {
    return std::filesystem::exists(folder_.path() + "/told");
  }

  /// The file that decides which services may start.
  [[nodiscard]] std::string policy() const { return folder_.path() + "/policy-rc.d"; }
  [[nodiscard]] std::string text_of(const std::string& name) const {
    std::ifstream file{folder_.path() + "/" + name};
    return {std::istreambuf_iterator<char>{file}, {}};
  }
  void write_policy(const std::string& text) { folder_.write("policy-rc.d", text); }

 private:
  void write_script(const std::string& name, const std::string& body) {
    const std::string path = folder_.write(name, "#!/bin/sh\n" + body);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }

  TemporaryFolder folder_;
  std::string release_;
};

TEST_F(Setup, SaysThatEverythingIsThereAndInstallsNothing) {
  pretend("none", 0);

  const Finished done = setup({"--all"});

  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("everything is installed"));
  EXPECT_FALSE(apt_was_called());
}

TEST_F(Setup, InstallsWhatIsMissingAndSaysSo) {
  pretend("libcli11-dev", 0);

  const Finished done = setup({});

  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("installs 1 Debian packages: libcli11-dev"));
  EXPECT_TRUE(apt_was_called());
}

TEST_F(Setup, WhatOnlyCiNeedsIsNotInstalledForTheCore) {
  pretend("clang-tidy-14", 0);

  EXPECT_THAT(setup({}).out, HasSubstr("everything is installed"));
  EXPECT_THAT(setup({"--all"}).out, HasSubstr("clang-tidy-14"));
}

TEST_F(Setup, BrokersAreInstalledWhenAskedFor) {
  pretend("redis-server", 0);

  EXPECT_THAT(setup({}).out, HasSubstr("everything is installed"));
  EXPECT_THAT(setup({"--brokers"}).out, HasSubstr("installs 1 Debian packages: redis-server"));
  EXPECT_THAT(setup({"--all"}).out, HasSubstr("redis-server"));
}

TEST_F(Setup, PeersAreInstalledWhenAskedFor) {
  pretend("apache2-bin", 0);

  EXPECT_THAT(setup({}).out, HasSubstr("everything is installed"));
  EXPECT_THAT(setup({"--peers"}).out, HasSubstr("installs 1 Debian packages: apache2-bin"));
  EXPECT_THAT(setup({"--all"}).out, HasSubstr("apache2-bin"));
}

TEST_F(Setup, AnInstalledServiceNeitherStartsNorStaysEnabled) {
  pretend("nginx", 0);

  EXPECT_EQ(setup({"--peers"}).exit_code, 0);

  EXPECT_THAT(text_of("policy_seen"), HasSubstr("exit 101"));
  EXPECT_THAT(text_of("services"), MatchesRegex("disable (--now )?nginx\n"));
  EXPECT_FALSE(std::filesystem::exists(policy())) << "it is taken back";
}

TEST_F(Setup, APolicyForServicesThatIsThereAlreadyStays) {
  pretend("apache2-bin", 0);
  write_policy("#!/bin/sh\nexit 0\n");

  EXPECT_EQ(setup({"--peers"}).exit_code, 0);

  EXPECT_EQ(text_of("policy-rc.d"), "#!/bin/sh\nexit 0\n");
  EXPECT_EQ(text_of("services"), "") << "it is no service";
}

TEST_F(Setup, ThePolicyIsTakenBackWhenTheInstallationFails) {
  pretend("nginx", 100);

  EXPECT_EQ(setup({"--peers"}).exit_code, 1);

  EXPECT_FALSE(std::filesystem::exists(policy()));
}

TEST_F(Setup, AFailingInstallationIsOneSentence) {
  pretend("libcli11-dev", 100);

  const Finished failed = setup({});

  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.err, HasSubstr("E: no route to host"));
  EXPECT_EQ(failed.err.find('\n'), failed.err.size() - 1);
}

TEST_F(Setup, AnotherReleaseIsRefusedBeforeAnythingIsInstalled) {
  pretend("libcli11-dev", 0, "13.1");

  const Finished refused = setup({});

  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("Debian 12"));
  EXPECT_FALSE(apt_was_called());
}

TEST_F(Setup, PartsOfLaterVersionsInstallNothing) {
  pretend("none", 0);

  const Finished done = setup({"--qt"});

  EXPECT_EQ(done.exit_code, 0);
  EXPECT_THAT(done.out, HasSubstr("no part uses Qt yet"));
  EXPECT_FALSE(apt_was_called());
}

TEST_F(Setup, AnUnknownOptionIsAUsageError) {
  pretend("none", 0);

  const Finished refused = setup({"--everything"});

  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("--everything"));
}

}  // namespace
}  // namespace queuemeter::end_to_end
