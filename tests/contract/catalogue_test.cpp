// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/catalogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <string>

namespace queuemeter::queues {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Catalogue, RefusesWhatItCannotOpenWithASentence) {
  const auto complaint = [](const QueueSettings& settings) {
    return open_queue(settings, QueueContext{}).error().what;
  };
  QueueSettings unknown;
  unknown.use = "mutex_dequeue";
  QueueSettings url;
  url.use = "amqp://somebody:secret@127.0.0.1:5672/";
  QueueSettings option;
  option.options = {{"stripes", "4"}};
  QueueSettings other_option;
  other_option.use = "spsc_ring";
  other_option.options = {{"stripes", "4"}};
  QueueSettings no_number;
  no_number.use = "spsc_ring";
  no_number.options = {{"first_ticket", "4 or so"}};
  QueueSettings huge;
  huge.use = "null";
  huge.bound = std::size_t{1} << 40U;

  EXPECT_THAT(complaint(unknown), HasSubstr("\"mutex_dequeue\"; use one of null, mutex_deque"));
  EXPECT_THAT(complaint(url), AllOf(HasSubstr("for amqp://"), Not(HasSubstr("secret"))));
  EXPECT_THAT(complaint(option), HasSubstr("stripes: mutex_deque has no options"));
  EXPECT_THAT(complaint(other_option), HasSubstr("use one of first_ticket"));
  EXPECT_THAT(complaint(no_number), HasSubstr("\"4 or so\" is not a number"));
  EXPECT_THAT(complaint(huge), HasSubstr("67108864"));
}

TEST(Catalogue, FindsARowByItsNameOrByTheSchemeOfAUrl) {
  EXPECT_EQ(find_for("spsc_ring"), find("spsc_ring"));
  EXPECT_EQ(find_for("amqp://127.0.0.1"), nullptr);
  for (const CatalogueEntry& entry : catalogue()) {
    for (const std::string_view scheme : entry.schemes) {
      EXPECT_EQ(find_for(std::string{scheme} + "://127.0.0.1:1/0"), &entry);
    }
  }
}

TEST(Catalogue, AQueueThatIsNotBuiltHereSaysWhatToInstall) {
  constexpr QueueTraits traits{.name = "absent_queue", .summary = "not there"};
  const std::array rows{
      CatalogueEntry{
          .traits = &traits, .built = false, .not_built_because = "install libabsent-dev"},
      *find("mutex_deque")};
  QueueSettings settings;
  settings.use = "absent_queue";

  const auto opened = open_queue_from(rows, settings, QueueContext{});

  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().kind, Error::Kind::usage);
  EXPECT_EQ(opened.error().what,
            "queue.use: absent_queue is not built here: install libabsent-dev; use one of "
            "mutex_deque");
}

}  // namespace
}  // namespace queuemeter::queues
