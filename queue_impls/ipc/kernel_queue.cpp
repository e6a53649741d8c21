// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/ipc/kernel_queue.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/stat.h>
#include <utility>

namespace queuemeter::queues {
namespace {

/// Every message has this type; receivers take any.
constexpr long message_type = 1;
/// Of Linux, where the file that says it cannot be read.
constexpr std::size_t usual_largest_message = 8192;

std::optional<msqid_ds> status_of(int id) {
  msqid_ds status{};
  return msgctl(id, IPC_STAT, &status) == 0 ? std::optional{status} : std::nullopt;
}

/// Sets the bound in bytes; nothing when that is possible.
std::optional<Error> set_bound(int id, std::size_t wanted_bytes) {
  std::optional<msqid_ds> status = status_of(id);
  if (status.has_value() && status->msg_qbytes == wanted_bytes) {
    return std::nullopt;
  }
  const std::size_t possible = status.has_value() ? status->msg_qbytes : 0;
  if (status.has_value()) {
    status->msg_qbytes = wanted_bytes;
    if (msgctl(id, IPC_SET, &*status) == 0) {
      return std::nullopt;
    }
  }
  return Error::usage(
      fmt::format("queue.options.msg_qbytes: a System V queue of {} bytes cannot be had ({}); use "
                  "{} or less, or raise kernel.msgmnb",
                  wanted_bytes, std::strerror(errno), possible));
}

}  // namespace

KernelMessage::KernelMessage(std::size_t most_bytes)
    : words_(1 + (most_bytes + sizeof(long) - 1) / sizeof(long)),
      bytes_{std::as_writable_bytes(std::span{words_}.subspan(1)).first(most_bytes)} {
  words_.front() = message_type;
}

KernelQueue::KernelQueue(int id, std::size_t bound_bytes, std::optional<OwnedQueueFile> owned)
    : id_{id}, bound_bytes_{bound_bytes}, owned_{std::move(owned)} {}

KernelQueue::KernelQueue(KernelQueue&& other) noexcept
    : id_{other.id_}, bound_bytes_{other.bound_bytes_}, owned_{std::move(other.owned_)} {
  other.owned_.reset();  // a moved-from optional still has a value
}

KernelQueue::~KernelQueue() {
  if (owned_.has_value()) {
    msgctl(id_, IPC_RMID, nullptr);
  }
}

Result<KernelQueue> KernelQueue::create(std::string_view run_and_role,
                                        std::optional<std::size_t> wanted_bytes) {
  remove_queues_of_dead_owners();
  Result<OwnedQueueFile> owned = OwnedQueueFile::create(run_and_role);
  if (!owned) {
    return owned.error();
  }
  const int id = msgget(IPC_PRIVATE, S_IRUSR | S_IWUSR);
  if (id < 0) {
    return Error::unavailable(
        fmt::format("queue sysv: the kernel gives no message queue ({}); see `ipcs -ql`, and "
                    "remove queues that nobody uses",
                    std::strerror(errno)));
  }
  std::optional<Error> error =
      wanted_bytes.has_value() ? set_bound(id, *wanted_bytes) : std::nullopt;
  if (!error.has_value() && !owned->holds(id)) {
    error = Error::unavailable(
        fmt::format("queue sysv: {} cannot be written; free some space there", owned->path()));
  }
  const std::optional<msqid_ds> status = status_of(id);
  if (!error.has_value() && !status.has_value()) {
    error = Error::unavailable("queue sysv: its queue was removed by somebody else; start again");
  }
  if (error.has_value()) {
    msgctl(id, IPC_RMID, nullptr);
    return *error;
  }
  return KernelQueue{id, status->msg_qbytes, std::move(*owned)};
}

Result<KernelQueue> KernelQueue::attach(int id) {
  const std::optional<msqid_ds> status = status_of(id);
  if (!status.has_value()) {
    return Error::unavailable(fmt::format(
        "queue sysv: queue {} cannot be opened ({}); start its owner", id, std::strerror(errno)));
  }
  return KernelQueue{id, status->msg_qbytes, std::nullopt};
}

int KernelQueue::send(KernelMessage& message, std::size_t bytes) const noexcept {
  return msgsnd(id_, message.raw(), bytes, IPC_NOWAIT) == 0 ? 0 : errno;
}

std::ptrdiff_t KernelQueue::receive(KernelMessage& message, Wait wait) const noexcept {
  // What is longer than the buffer is not ours; it must not stay in front for ever.
  const int flags = MSG_NOERROR | (wait == Wait::yes ? 0 : IPC_NOWAIT);
  const ssize_t got = msgrcv(id_, message.raw(), message.bytes().size(), 0, flags);
  return got >= 0 ? got : -std::ptrdiff_t{errno};
}

std::size_t KernelQueue::depth() const noexcept {
  const std::optional<msqid_ds> status = status_of(id_);
  return status.has_value() ? status->msg_qnum : 0;
}

std::size_t largest_kernel_message() {
  std::size_t bytes = 0;
  std::ifstream file{"/proc/sys/kernel/msgmax"};
  return file >> bytes && bytes > 0 ? bytes : usual_largest_message;
}

}  // namespace queuemeter::queues
