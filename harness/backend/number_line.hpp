// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace queuemeter {

/// A line of numbered things, which keep the links themselves: joining and leaving anywhere cost
/// the same, and nothing is allocated. A thing stands in one line at a time. One thread.
class NumberLine {
 public:
  using Number = std::uint32_t;
  static constexpr Number nobody = std::numeric_limits<Number>::max();
  /// What each thing keeps.
  struct Links {
    Number previous = nobody;
    Number next = nobody;
  };

  [[nodiscard]] bool empty() const noexcept { return first_ == nobody; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] Number first() const noexcept { return first_; }
  [[nodiscard]] Number last() const noexcept { return last_; }

  /// `links_of(number)` gives the links of any number.
  template <class LinksOf>
  void join(Number number, LinksOf links_of) noexcept {
    links_of(number) = Links{last_, nobody};
    (last_ == nobody ? first_ : links_of(last_).next) = number;
    last_ = number;
    ++size_;
  }
  template <class LinksOf>
  void leave(Number number, LinksOf links_of) noexcept {
    const Links links = links_of(number);
    (links.previous == nobody ? first_ : links_of(links.previous).next) = links.next;
    (links.next == nobody ? last_ : links_of(links.next).previous) = links.previous;
    links_of(number) = Links{};
    --size_;
  }

 private:
  Number first_ = nobody;
  Number last_ = nobody;
  std::size_t size_ = 0;
};

}  // namespace queuemeter
