// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/clock.hpp"
#include "harness/call/queue_settings.hpp"
#include "harness/call/queue_traits.hpp"
#include "harness/path/record_table.hpp"
#include "harness/queue/queue.hpp"
#include "queue_impls/catalogue.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace queuemeter::queues {

/// A queue of the catalogue, and one way to use it.
struct Usage {
  const CatalogueEntry* entry = nullptr;
  std::string way;
  std::size_t batch = 1;
  Stamps stamps = Stamps::own;
  std::vector<std::pair<std::string, std::string>> options = {};

  [[nodiscard]] const QueueTraits& traits() const noexcept { return *entry->traits; }
};
void PrintTo(const Usage& usage, std::ostream* out);
/// "mutex_deque_one_by_one", for the names of tests.
[[nodiscard]] std::string name_of(const testing::TestParamInfo<Usage>& usage);

/// Each way of using each queue that is built here, and whose server is installed.
[[nodiscard]] std::vector<Usage> usages();
/// Of those, the ones whose traits are as `applies` says.
template <class Applies>
[[nodiscard]] std::vector<Usage> usages_where(Applies applies) {
  std::vector<Usage> found = usages();
  std::erase_if(found, [&applies](const Usage& usage) { return !applies(usage.traits()); });
  return found;
}

/// What a test of one usage needs: records, calls, and the queue itself. A queue behind a server
/// gets one of the test program's own.
class QueueContract : public testing::TestWithParam<Usage> {
 protected:
  QueueContract();

  [[nodiscard]] static const QueueTraits& traits() { return GetParam().traits(); }
  [[nodiscard]] static bool promises(QueueOrder order) { return traits().order == order; }
  /// Whether a taken call must be acknowledged, which the settings of a queue decide.
  [[nodiscard]] static bool acknowledges(const Queue& queue) {
    return queue.traits().delivery == QueueDelivery::acked;
  }
  /// More calls than any of these queues needs to show what it does; fewer where bytes bound it.
  [[nodiscard]] static std::size_t many() {
    return traits().bound == QueueBound::bytes ? 200 : 1000;
  }

  [[nodiscard]] static QueueSettings settings(std::size_t bound, WaitPolicyKind wait);
  [[nodiscard]] std::unique_ptr<Queue> make(std::size_t bound,
                                            WaitPolicyKind wait = WaitPolicyKind::spin_park,
                                            bool stamps_admission = true);

  [[nodiscard]] CallRecord& record(std::size_t number) { return records_.records()[number]; }
  /// A published call in record `number`, as an offerer makes it.
  [[nodiscard]] CallHandle call(std::size_t number, std::uint64_t sequence);
  /// Calls in the first `count` records, with their numbers as sequences.
  [[nodiscard]] std::vector<CallHandle> calls(std::size_t count);

  /// Takes, and acknowledges where that is to be done.
  static ChunkResult take(const Queue& queue, QueueConsumer& consumer, std::span<CallHandle> calls,
                          std::span<Instant> taken_at);

  MonotonicClock clock_;
  RecordTable records_;
};

}  // namespace queuemeter::queues
