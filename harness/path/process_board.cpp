// SPDX-License-Identifier: Apache-2.0
#include "harness/path/process_board.hpp"

#include <climits>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <linux/futex.h>
#include <memory>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace queuemeter {
namespace {

/// "QMB" and the version of the layout.
constexpr std::uint64_t magic = 0x0000'0001'0042'4d51U;

constexpr std::size_t places_offset = 256;
static_assert(sizeof(ProcessBoard::Head) <= places_offset);
static_assert(places_offset % alignof(ProcessPlace) == 0);

std::size_t orders_offset(std::size_t children) {
  return places_offset + children * sizeof(ProcessPlace);
}

std::uint32_t* futex_word(std::atomic<std::uint32_t>& word) noexcept {
  static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
  return reinterpret_cast<std::uint32_t*>(&word);
}

}  // namespace

ProcessBoard::ProcessBoard(int descriptor, std::span<std::byte> memory) noexcept
    : descriptor_{descriptor}, memory_{memory} {}

ProcessBoard::ProcessBoard(ProcessBoard&& other) noexcept
    : descriptor_{std::exchange(other.descriptor_, -1)},
      memory_{std::exchange(other.memory_, {})},
      head_{std::exchange(other.head_, nullptr)},
      places_{std::exchange(other.places_, {})},
      orders_{std::exchange(other.orders_, {})} {}

ProcessBoard::~ProcessBoard() {
  if (!memory_.empty()) {
    ::munmap(memory_.data(), memory_.size());
  }
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

Result<ProcessBoard> ProcessBoard::create(std::size_t children, std::span<const std::byte> orders) {
  const std::size_t bytes = orders_offset(children) + orders.size();
  const int descriptor = ::memfd_create("queuemeter workers", MFD_CLOEXEC);
  void* const memory =
      descriptor >= 0 && ::ftruncate(descriptor, static_cast<off_t>(bytes)) == 0
          ? ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
          : MAP_FAILED;
  ProcessBoard board{descriptor, {}};
  if (memory == MAP_FAILED) {
    return Error::unavailable(fmt::format(
        "workers.count: the {} bytes of memory that {} worker processes share cannot be had ({}); "
        "use fewer",
        bytes, children, std::strerror(errno)));
  }
  board.memory_ = {static_cast<std::byte*>(memory), bytes};
  board.head_ = std::construct_at(static_cast<Head*>(memory));
  board.head_->magic = magic;
  board.head_->children = children;
  board.head_->order_bytes = orders.size();
  board.head_->parent = ::getpid();
  auto* const first = reinterpret_cast<ProcessPlace*>(board.memory_.data() + places_offset);
  std::uninitialized_default_construct_n(first, children);
  board.places_ = {first, children};
  const std::span<std::byte> copy = board.memory_.subspan(orders_offset(children));
  std::ranges::copy(orders, copy.begin());
  board.orders_ = copy;
  return board;
}

Result<ProcessBoard> ProcessBoard::open(int descriptor) {
  struct stat status = {};
  const bool is_there =
      ::fstat(descriptor, &status) == 0 && status.st_size >= static_cast<off_t>(places_offset);
  const auto bytes = static_cast<std::size_t>(is_there ? status.st_size : 0);
  void* const memory =
      is_there ? ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
               : MAP_FAILED;
  const Error not_ours = Error::usage(
      "worker: is started by `queuemeter run` with workers.kind = \"process\", never by hand");
  if (memory == MAP_FAILED) {
    return not_ours;
  }
  ProcessBoard board{descriptor, {static_cast<std::byte*>(memory), bytes}};
  board.head_ = static_cast<Head*>(memory);
  const std::size_t children = board.head_->children;
  if (board.head_->magic != magic || children > bytes / sizeof(ProcessPlace) ||
      bytes != orders_offset(children) + board.head_->order_bytes) {
    return not_ours;
  }
  board.places_ = {reinterpret_cast<ProcessPlace*>(board.memory_.data() + places_offset), children};
  board.orders_ = board.memory_.subspan(orders_offset(children));
  return board;
}

void ProcessBoard::stop_children() noexcept {
  head_->stopping.store(1, std::memory_order_release);
  ::syscall(SYS_futex, futex_word(head_->stopping), FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void ProcessBoard::sleep_until(Instant until) const noexcept {
  const std::int64_t nanoseconds = std::max<std::int64_t>(0, to_nanoseconds(until));
  const timespec deadline{static_cast<time_t>(nanoseconds / 1'000'000'000),
                          static_cast<long>(nanoseconds % 1'000'000'000)};
  while (!is_stopping()) {
    const long ended = ::syscall(SYS_futex, futex_word(head_->stopping), FUTEX_WAIT_BITSET, 0,
                                 &deadline, nullptr, FUTEX_BITSET_MATCH_ANY);
    if (ended < 0 && errno == ETIMEDOUT) {
      return;
    }
  }
}

void leave_last_words(ProcessPlace& place, std::string_view words) noexcept {
  const std::size_t length = std::min(words.size(), place.last_words.size() - 1);
  std::copy_n(words.begin(), length, place.last_words.begin());
  place.last_words[length] = '\0';
}

std::string_view last_words(const ProcessPlace& place) noexcept {
  return {place.last_words.data(), ::strnlen(place.last_words.data(), place.last_words.size())};
}

}  // namespace queuemeter
