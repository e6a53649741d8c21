// SPDX-License-Identifier: Apache-2.0
#include "harness/backend/flight_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <unordered_map>
#include <vector>

namespace queuemeter {
namespace {

struct Flight {
  CallHandle call;
  int mark = 0;
};

TEST(FlightTable, FindsWhatWasAddedUntilItIsRemoved) {
  FlightTable<Flight> flights;
  CallRecord record;
  const CallHandle call{&record, 7};

  const FlightNumber number = flights.add(call);
  flights[number].mark = 42;

  EXPECT_EQ(flights.find(call), number);
  EXPECT_EQ(flights.find({&record, 8}), no_flight);
  EXPECT_EQ(flights.size(), 1u);
  flights.remove(number);
  EXPECT_EQ(flights.find(call), no_flight);
  EXPECT_EQ(flights.size(), 0u);
  EXPECT_FALSE(flights.is_occupied(number));
}

TEST(FlightTable, AReusedPlaceRemembersNothing) {
  FlightTable<Flight> flights;
  CallRecord record;
  const FlightNumber first = flights.add({&record, 1});
  flights[first].mark = 42;
  flights.remove(first);

  const FlightNumber second = flights.add({&record, 2});

  EXPECT_EQ(second, first);
  EXPECT_EQ(flights[second].mark, 0);
  EXPECT_EQ(flights[second].call.sequence, 2u);
}

// Ten thousand steps against the standard map: any broken probe chain would lose a record.
TEST(FlightTable, AgreesWithAMapOverALongRandomLife) {
  std::vector<CallRecord> records(700);
  FlightTable<Flight> flights;
  std::unordered_map<const CallRecord*, FlightNumber> expected;
  std::mt19937 random{7};

  for (int step = 0; step < 20'000; ++step) {
    CallRecord& record = records[random() % records.size()];
    const auto known = expected.find(&record);
    if (known == expected.end()) {
      expected.emplace(&record, flights.add({&record, 0}));
    } else if (random() % 4 != 0) {
      flights.remove(known->second);
      expected.erase(known);
    }
    if (step % 500 == 0) {
      for (CallRecord& candidate : records) {
        const auto entry = expected.find(&candidate);
        ASSERT_EQ(flights.find({&candidate, 0}),
                  entry == expected.end() ? no_flight : entry->second);
      }
    }
    ASSERT_EQ(flights.size(), expected.size());
  }
}

}  // namespace
}  // namespace queuemeter
