// SPDX-License-Identifier: Apache-2.0
// The main() of every test program: GoogleTest's own, but a skipped test fails where CI demands
// that everything runs (QUEUEMETER_REQUIRE_ALL).
#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

namespace {

/// Runs before the printer, because listeners hear the end of a test in reverse order.
class SkipIsFailure : public testing::EmptyTestEventListener {
  void OnTestEnd(const testing::TestInfo& test) override {
    if (test.result()->Skipped()) {
      ADD_FAILURE() << "skipped, but QUEUEMETER_REQUIRE_ALL is set: every test must run here";
    }
  }
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const char* require_all = std::getenv("QUEUEMETER_REQUIRE_ALL");
  if (require_all != nullptr && std::string_view{require_all} == "1") {
    // GoogleTest owns and deletes its listeners.
    testing::UnitTest::GetInstance()->listeners().Append(new SkipIsFailure);
  }
  return RUN_ALL_TESTS();
}
