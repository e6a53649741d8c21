// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call.hpp"
#include "harness/call/call_record.hpp"
#include "harness/call/outcome.hpp"
#include "harness/net/http_reply.hpp"
#include "harness/net/http_request.hpp"
#include "harness/net/http_url.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace queuemeter {

/// A call that a front end knows: waiting, in work, or done and kept for who asks.
///
/// The front's thread, but for `answer` and `status`, which the worker of the call writes before it
/// hands the call back, and `id` and `body`, which that worker reads.
struct FrontCall {
  /// Whom the client's open request waits for.
  enum class Hold : std::uint8_t { nothing, acceptance, result };

  std::string id;
  std::string body;                 ///< of the request
  std::optional<HttpUrl> callback;  ///< where the result is to be sent
  PeerAddress client;
  HttpReply reply;  ///< of the request, while it is held
  Hold hold = Hold::nothing;
  std::optional<Duration> wait;      ///< how long the client wants its result waited for
  CallRecord* record = nullptr;      ///< while it is not done
  std::string answer;                ///< of the backend, its body
  std::uint16_t status = 0;          ///< of the backend's answer; 0 where none came
  Instant received_at = unobserved;  ///< its request
  Instants at;
  Outcome outcome = Outcome::completed;
  Reason reason = Reason::none;
  bool done = false;

  // The book's.
  std::uint32_t number = 0;      ///< its place
  std::uint32_t generation = 0;  ///< how often the place was used
  bool in_use = false;
};

/// The calls of a front end by their ids: as many that are not done as there is room for, and the
/// results of others for a while. One thread.
class CallBook {
 public:
  struct Limits {
    std::size_t live = 0;   ///< calls that are not done
    std::size_t kept = 0;   ///< results
    std::size_t bytes = 0;  ///< of the answers of all results
    Duration keep_for{0};
  };
  explicit CallBook(const Limits& limits);

  [[nodiscard]] FrontCall* find(std::string_view id);
  /// The call at this place, if it is still the same one.
  [[nodiscard]] FrontCall* find(std::uint32_t number, std::uint32_t generation) noexcept;
  /// Whether a result under this id was kept and dropped; as many are remembered as are kept.
  [[nodiscard]] bool was_dropped(std::string_view id) const;
  /// A call under an id that is not in the book; null when there are as many as allowed.
  [[nodiscard]] FrontCall* add(std::string_view id);
  /// The call was not accepted after all.
  void remove(FrontCall& call);
  /// The call is done; it is kept until it is too old, or too many came after it.
  void keep(FrontCall& call);
  /// Drops what is too old.
  void drop_old(Instant now);

  /// Calls `each(call)` for every call that is not done.
  template <class Each>
  void for_each_live(const Each& each) {
    for (FrontCall& call : calls_) {
      if (call.in_use && !call.done) {
        each(call);
      }
    }
  }

  [[nodiscard]] std::size_t live() const noexcept { return by_id_.size() - kept_.size(); }
  [[nodiscard]] std::size_t kept() const noexcept { return kept_.size(); }

 private:
  [[nodiscard]] static std::uint64_t key_of(std::string_view id) noexcept;
  void drop_oldest();
  void release(FrontCall& call);

  Limits limits_;
  std::deque<FrontCall> calls_;  // never moved: workers hold references
  std::vector<FrontCall*> free_;
  std::unordered_map<std::uint64_t, FrontCall*> by_id_;  // by the hash of the id
  std::deque<FrontCall*> kept_;                          // done, oldest first
  std::size_t kept_bytes_ = 0;
  std::deque<std::uint64_t> dropped_;  // hashes of ids, oldest first
  std::unordered_set<std::uint64_t> is_dropped_;
};

}  // namespace queuemeter
