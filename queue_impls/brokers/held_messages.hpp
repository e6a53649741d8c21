// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/call_record.hpp"
#include "harness/call/instant.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace queuemeter::queues {

/// The messages that one consumer has from the server and keeps a copy of: to acknowledge them by
/// their bytes, or to put them back. Found by their call in constant time; the places and their
/// memory are reused. One thread.
class HeldMessages {
 public:
  static constexpr std::size_t nowhere = ~std::size_t{0};

  struct Message {
    CallHandle call;
    std::string bytes;
    Instant taken_at = unobserved;
    bool handed_out = false;
    bool moved = false;  ///< the server has it in the consumer's own list
    bool used = false;
  };

  /// Keeps a copy; its place.
  std::size_t add(CallHandle call, std::string_view bytes, Instant taken_at);
  /// The place of a message with this call that was handed out, or nowhere.
  [[nodiscard]] std::size_t find(CallHandle call) const noexcept;
  [[nodiscard]] Message& at(std::size_t place) noexcept { return messages_[place]; }
  void release(std::size_t place) noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return messages_.size() - free_.size(); }
  /// How many places there have been; `at` any of them tells whether it is used.
  [[nodiscard]] std::size_t places() const noexcept { return messages_.size(); }

 private:
  [[nodiscard]] std::size_t bucket_of(std::uint64_t sequence) const noexcept;
  void rehash();
  void insert(std::size_t place) noexcept;

  std::vector<Message> messages_;
  std::vector<std::size_t> free_;
  std::vector<std::size_t> buckets_;  // places, open addressing, a power of two of them
};

}  // namespace queuemeter::queues
