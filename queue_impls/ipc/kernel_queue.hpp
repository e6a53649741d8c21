// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"
#include "queue_impls/ipc/owned_queue_file.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace queuemeter::queues {

/// A message as `msgsnd` and `msgrcv` want it: a type, then the bytes. One thread.
class KernelMessage {
 public:
  /// Room for `most_bytes`.
  explicit KernelMessage(std::size_t most_bytes);
  [[nodiscard]] std::span<std::byte> bytes() noexcept { return bytes_; }
  [[nodiscard]] void* raw() noexcept { return words_.data(); }

 private:
  std::vector<long> words_;  // the first one is the type
  std::span<std::byte> bytes_;
};

/// A message queue of the kernel, by its id. Thread-safe: the kernel does all the work.
class KernelQueue {
 public:
  /// Makes one that is ours, after removing those of dead owners; `wanted_bytes` is its bound, left
  /// out: the machine's. Errors: none can be had, or not with that bound.
  [[nodiscard]] static Result<KernelQueue> create(std::string_view run_and_role,
                                                  std::optional<std::size_t> wanted_bytes);
  /// Opens one that another process owns.
  [[nodiscard]] static Result<KernelQueue> attach(int id);
  KernelQueue(KernelQueue&& other) noexcept;
  KernelQueue& operator=(KernelQueue&& other) = delete;
  /// Removes the queue, if it is ours.
  ~KernelQueue();

  /// What `msgsnd` says when it does not wait: 0, or the error number.
  [[nodiscard]] int send(KernelMessage& message, std::size_t bytes) const noexcept;
  enum class Wait : bool { no, yes };
  /// What `msgrcv` says: how many bytes came, or minus the error number.
  [[nodiscard]] std::ptrdiff_t receive(KernelMessage& message, Wait wait) const noexcept;

  /// Messages in it; 0 when it was removed.
  [[nodiscard]] std::size_t depth() const noexcept;
  [[nodiscard]] int id() const noexcept { return id_; }
  /// Bytes in all messages together, at the most.
  [[nodiscard]] std::size_t bound_bytes() const noexcept { return bound_bytes_; }

 private:
  KernelQueue(int id, std::size_t bound_bytes, std::optional<OwnedQueueFile> owned);
  int id_;
  std::size_t bound_bytes_;
  std::optional<OwnedQueueFile> owned_;  // nothing when another process owns the queue
};

/// The greatest message of this machine, in bytes (`kernel.msgmax`).
[[nodiscard]] std::size_t largest_kernel_message();

}  // namespace queuemeter::queues
