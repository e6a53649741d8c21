// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/in_process/boost_spsc.hpp"

#include "harness/queue/in_process.hpp"
#include "queue_impls/in_process/ring_settings.hpp"

#include <boost/lockfree/spsc_queue.hpp>

#include <cstddef>
#include <memory>
#include <span>

namespace queuemeter::queues {
namespace {

class BoostSpsc {
 public:
  static constexpr const QueueTraits& traits = boost_spsc_traits;

  explicit BoostSpsc(std::size_t bound) : bound_{bound}, calls_{bound} {}

  /// All state is shared; which thread may push and which may pop is the contract.
  struct End {
    QueueResult try_push(const CallHandle& call) noexcept {
      return queue.calls_.push(call) ? QueueResult::ok : QueueResult::full;
    }
    QueueResult try_pop(CallHandle& call) noexcept {
      return queue.calls_.pop(call) ? QueueResult::ok : QueueResult::empty;
    }
    std::size_t try_push_bulk(std::span<const CallHandle> calls) noexcept {
      return queue.calls_.push(calls.data(), calls.size());
    }
    std::size_t try_pop_bulk(std::span<CallHandle> calls) noexcept {
      return queue.calls_.pop(calls.data(), calls.size());
    }
    BoostSpsc& queue;
  };
  End make_producer() { return End{*this}; }
  End make_consumer() { return End{*this}; }

  [[nodiscard]] std::size_t depth() const noexcept { return calls_.read_available(); }
  [[nodiscard]] bool empty() const noexcept { return depth() == 0; }
  [[nodiscard]] std::size_t bound() const noexcept { return bound_; }

 private:
  const std::size_t bound_;
  boost::lockfree::spsc_queue<CallHandle> calls_;
};

}  // namespace

Result<std::unique_ptr<Queue>> make_boost_spsc(const QueueSettings& settings,
                                               const QueueContext& context) {
  const Result<RingSettings> checked = read_ring_settings(settings);
  if (!checked) {
    return checked.error();
  }
  return std::unique_ptr<Queue>{std::make_unique<InProcessQueue<BoostSpsc>>(
      std::make_unique<BoostSpsc>(checked->bound), settings, context)};
}

}  // namespace queuemeter::queues
