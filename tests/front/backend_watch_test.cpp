// SPDX-License-Identifier: Apache-2.0
#include "harness/front/backend_watch.hpp"

#include "harness/front/backend_report.hpp"

#include <gtest/gtest.h>

#include <array>
#include <unistd.h>

namespace queuemeter {
namespace {

/// A watch, and the end of the pipe at which it reports.
struct Watching {
  Watching() { EXPECT_EQ(::pipe(ends.data()), 0); }
  ~Watching() { ::close(ends[0]); }
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;

  [[nodiscard]] BackendReport next() const {
    BackendReport report;
    EXPECT_EQ(::read(ends[0], &report, sizeof report), ssize_t{sizeof report});
    return report;
  }

  std::array<int, 2> ends{};
};

HttpRequest request_with(std::string_view lines) {
  HttpRequest request;
  request.method = "POST";
  request.target = "/price";
  request.fields = HttpFields{lines};
  return request;
}

TEST(BackendWatch, ReportsWhenTheRequestOfACallWasAnsweredAndHow) {
  Watching world;
  BackendWatch watch{CallIdFinder{CallIdRule{}, 0xAB}, world.ends[1]};

  const auto sequence = watch.begun(request_with("X-Queuemeter-Call: ab-2a\r\n"));
  ASSERT_EQ(sequence, 42U);
  watch.answered(*sequence, Instant{Duration{10}}, Instant{Duration{30}}, 200);
  watch.answered(*sequence, Instant{Duration{40}}, Instant{Duration{50}}, 500);
  watch.answered(*sequence, Instant{Duration{60}}, Instant{Duration{70}}, 503);

  const BackendReport first = world.next();
  EXPECT_EQ(first.sequence, 42U);
  EXPECT_EQ(first.called_at, 10);
  EXPECT_EQ(first.replied_at, 30);
  EXPECT_EQ(first.reason, Reason::none);
  EXPECT_EQ(world.next().reason, Reason::backend_error);
  EXPECT_EQ(world.next().reason, Reason::backend_refused);
}

TEST(BackendWatch, CountsRequestsOfNoCallAndIsSilentWhereTheSiteHasLeft) {
  Watching world;
  BackendWatch watch{CallIdFinder{CallIdRule{}, 0xAB}, world.ends[1]};

  EXPECT_FALSE(watch.begun(request_with("X-Other: ab-2a\r\n")).has_value());
  watch.answered(7, Instant{Duration{10}}, Instant{Duration{30}}, 0);
  watch.answered(8, Instant{Duration{10}}, Instant{Duration{30}}, 200);

  const BackendReport strange = world.next();
  EXPECT_FALSE(strange.is_of_a_call);
  EXPECT_EQ(strange.strange, 1U);
  EXPECT_EQ(world.next().sequence, 8U);
}

}  // namespace
}  // namespace queuemeter
