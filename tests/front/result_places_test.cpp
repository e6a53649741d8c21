// SPDX-License-Identifier: Apache-2.0
#include "harness/front/result_places.hpp"

#include <gtest/gtest.h>

#include <string>

namespace queuemeter {
namespace {

std::string kept(ResultPlaces& places, const std::string& location) {
  std::string text;
  if (places.keep(1, location)) {
    places.append(1, text);
  }
  return text;
}

TEST(ResultPlaces, AreOnTheSiteThatNamesThem) {
  ResultPlaces places{"127.0.0.1:8080"};
  places.make_room(2);

  EXPECT_EQ(kept(places, "/calls/7"), "/calls/7");
  EXPECT_EQ(kept(places, "http://127.0.0.1:8080/calls/8?x=1"), "/calls/8?x=1");
  EXPECT_EQ(kept(places, "http://127.0.0.1:80801/calls/8"), "");
  EXPECT_EQ(kept(places, "http://elsewhere/calls/8"), "");
  EXPECT_EQ(kept(places, "//elsewhere/calls/8"), "");
}

TEST(ResultPlaces, AreNothingThatWouldSpoilARequest) {
  ResultPlaces places{"site"};
  places.make_room(2);

  EXPECT_EQ(kept(places, ""), "");
  EXPECT_EQ(kept(places, "calls/7"), "");
  EXPECT_EQ(kept(places, "/calls/7 HTTP/1.1"), "");
  EXPECT_EQ(kept(places, "/calls\r\nX-Evil: 1"), "");
  EXPECT_EQ(kept(places, "/" + std::string(ResultPlaces::longest_place, 'a')), "");
}

}  // namespace
}  // namespace queuemeter
