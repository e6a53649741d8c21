// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/measurable.hpp"

#include "tests/scenario/reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace queuemeter {
namespace {

using Workers = WorkerSettings::Kind;
using Backend = BackendSettings::Kind;

std::vector<Arrangement> every_arrangement() {
  std::vector<Arrangement> all;
  for (const auto path :
       {PathKind::direct, PathKind::queued, PathKind::front, PathKind::offer, PathKind::take}) {
    for (const auto reply : {ReplyKind::none, ReplyKind::memory, ReplyKind::queue}) {
      for (const auto workers : {Workers::thread, Workers::async, Workers::process}) {
        for (const auto model : {TrafficModel::open, TrafficModel::closed, TrafficModel::half_open,
                                 TrafficModel::saturate}) {
          for (const auto backend :
               {Backend::synthetic, Backend::http, Backend::managed, Backend::none}) {
            all.push_back({path, reply, workers, model, backend});
          }
        }
      }
    }
  }
  return all;
}

/// The arrangement as somebody would write it.
std::string document_of(const Arrangement& one) {
  std::string text;
  const auto line = [&](std::string_view key, std::string_view word) {
    text += std::string{key} + " = \"" + std::string{word} + "\"\n";
  };
  line("path.kind", to_string(one.path));
  line("path.reply", to_string(one.reply));
  line("workers.kind", to_string(one.workers));
  line("traffic.model", to_string(one.model));
  line("backend.kind", to_string(one.backend));
  if (one.backend == Backend::http) {
    line("backend.url", "http://127.0.0.1:8080/");
  }
  if (one.path == PathKind::front && one.backend == Backend::synthetic) {
    line("path.url", "http://127.0.0.1:8081/");  // our own front end calls over HTTP
  }
  return text + "run.calls = 1000\n";
}

TEST(Arrangement, IsEitherMeasuredOrAnsweredWithOneSentence) {
  std::size_t refused = 0;
  for (const Arrangement& one : every_arrangement()) {
    const auto errors = sentences(document_of(one));
    EXPECT_EQ(errors.size(), refusal_of(one) ? 1U : 0U) << document_of(one);
    refused += errors.size();
  }
  EXPECT_GT(refused, 0U);
  EXPECT_LT(refused, every_arrangement().size());
}

TEST(Arrangement, IsAnsweredWithOneThatIsMeasured) {
  for (const Arrangement& one : every_arrangement()) {
    const Arrangement nearest = nearest_measurable(one);
    EXPECT_EQ(nearest == one, !refusal_of(one)) << document_of(one);
    EXPECT_THAT(sentences(document_of(nearest)), testing::IsEmpty()) << document_of(one);
    if (const auto refusal = refusal_of(one)) {
      const auto errors = sentences(document_of(one));
      ASSERT_EQ(errors.size(), 1U);
      EXPECT_THAT(errors.front(), testing::EndsWith(std::string{refusal->why} + "; use " +
                                                    difference(one, nearest)));
    }
  }
}

TEST(Arrangement, OfADirectPathHasAReplyInMemoryAndABackend) {
  for (const Arrangement& one : every_arrangement()) {
    if (one.path == PathKind::direct) {
      EXPECT_EQ(!refusal_of(one), one.reply == ReplyKind::memory && one.backend != Backend::none &&
                                      one.model != TrafficModel::saturate);
    }
  }
}

TEST(Arrangement, OfAFrontEndHasABackendAndWorkersOfItsOwnProcess) {
  for (const Arrangement& one : every_arrangement()) {
    if (one.path == PathKind::front) {
      EXPECT_EQ(!refusal_of(one), one.reply == ReplyKind::memory && one.backend != Backend::none &&
                                      one.workers != Workers::process &&
                                      one.model != TrafficModel::saturate);
    }
  }
}

TEST(Arrangement, OfOneSideOfAQueueHasNoCallersWhoWait) {
  for (const Arrangement& one : every_arrangement()) {
    if (one.path == PathKind::offer || one.path == PathKind::take) {
      EXPECT_EQ(!refusal_of(one),
                one.model == TrafficModel::open || one.model == TrafficModel::saturate);
    }
  }
}

TEST(Arrangement, ThatSaturatesAQueueHasNeitherReplyNorBackend) {
  for (const Arrangement& one : every_arrangement()) {
    if (one.path == PathKind::queued && one.model == TrafficModel::saturate) {
      EXPECT_EQ(!refusal_of(one), one.reply == ReplyKind::none && one.backend == Backend::none &&
                                      one.workers == Workers::thread);
    }
  }
}

TEST(Arrangement, WithoutABackendHasNoReplyAndSoNoCallersWhoWait) {
  for (const Arrangement& one : every_arrangement()) {
    if (one.path == PathKind::queued && one.model != TrafficModel::saturate) {
      const bool waits = one.model != TrafficModel::open;
      const bool replies = one.reply != ReplyKind::none;
      EXPECT_EQ(!refusal_of(one), waits ? replies && one.backend != Backend::none
                                        : one.backend != Backend::none || !replies);
    }
  }
}

TEST(Arrangement, IsToldInSettings) {
  Arrangement saturating;
  saturating.model = TrafficModel::saturate;
  EXPECT_EQ(difference(saturating, nearest_measurable(saturating)),
            R"(path.reply = "none" and backend.kind = "none")");
  EXPECT_EQ(difference(saturating, saturating), "");
}

TEST(Arrangement, IsBlamedOnAKeyThatSomebodyWrote) {
  EXPECT_THAT(sentences("[traffic]\nmodel = \"saturate\"\n"),
              testing::ElementsAre(testing::StartsWith("test.toml:2: traffic.model: ")));
  EXPECT_THAT(sentences("[traffic]\nmodel = \"saturate\"\n[path]\nreply = \"memory\"\n"),
              testing::ElementsAre(testing::StartsWith("test.toml:4: path.reply: ")));
  EXPECT_THAT(sentences("[backend]\nkind = \"none\"\n[path]\nkind = \"queued\"\n"),
              testing::ElementsAre(testing::StartsWith("test.toml:2: backend.kind: ")));
}

TEST(Arrangement, WithAnUnreadableSettingIsNotJudged) {
  EXPECT_THAT(sentences("[traffic]\nmodel = \"saturate\"\n[path]\nreply = \"nowhere\"\n"),
              testing::ElementsAre(testing::HasSubstr("\"nowhere\" is not known")));
}

}  // namespace
}  // namespace queuemeter
