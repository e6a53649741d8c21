// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/ipc/owned_queue_file.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace queuemeter::queues {
namespace {

constexpr std::string_view prefix = "queuemeter.";
constexpr std::string_view suffix = ".sysv";

std::string folder_or_default(std::string_view folder) {
  if (!folder.empty()) {
    return std::string{folder};
  }
  return access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
}

/// Whether `path` still names the file that is open: somebody may have taken it for a dead owner's
/// before it was locked.
bool is_still_named(const std::string& path, int descriptor) {
  struct stat open_file = {};
  struct stat named = {};
  return fstat(descriptor, &open_file) == 0 && lstat(path.c_str(), &named) == 0 &&
         open_file.st_ino == named.st_ino && open_file.st_dev == named.st_dev;
}

/// The queue that a file stands for, with the time of its making to tell it from a later one that
/// got the same id.
struct Queue {
  int id = -1;
  long long made_at = 0;
};

bool read_queue(int descriptor, Queue& queue) {
  std::array<char, 64> text{};
  const ssize_t got = pread(descriptor, text.data(), text.size() - 1, 0);
  return got > 0 && std::sscanf(text.data(), "%d %lld", &queue.id, &queue.made_at) == 2;
}

bool remove_if_it_is(const Queue& queue) {
  msqid_ds status{};
  return msgctl(queue.id, IPC_STAT, &status) == 0 && status.msg_ctime == queue.made_at &&
         status.msg_perm.cuid == geteuid() && status.msg_perm.__key == IPC_PRIVATE &&
         msgctl(queue.id, IPC_RMID, nullptr) == 0;
}

/// Removes what the file stands for, unless its owner lives. Whether a queue was removed.
bool remove_leftover(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) {
    return false;
  }
  struct stat status = {};
  Queue queue;
  bool removed = false;
  if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
      flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
    removed = read_queue(descriptor, queue) && remove_if_it_is(queue);
    unlink(path.c_str());
  }
  close(descriptor);
  return removed;
}

}  // namespace

OwnedQueueFile::OwnedQueueFile(std::string path, int descriptor) noexcept
    : path_{std::move(path)}, descriptor_{descriptor} {}

OwnedQueueFile::OwnedQueueFile(OwnedQueueFile&& other) noexcept
    : path_{std::move(other.path_)}, descriptor_{std::exchange(other.descriptor_, -1)} {}

OwnedQueueFile::~OwnedQueueFile() {
  if (descriptor_ >= 0) {
    unlink(path_.c_str());
    close(descriptor_);
  }
}

Result<OwnedQueueFile> OwnedQueueFile::create(std::string_view run_and_role,
                                              std::string_view folder) {
  static std::atomic<unsigned> made{0};
  constexpr int most_attempts = 100;
  const std::string where = folder_or_default(folder);
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    std::string path = fmt::format("{}/{}{}.{}.{}{}", where, prefix, run_and_role, getpid(),
                                   made.fetch_add(1, std::memory_order_relaxed), suffix);
    const int descriptor =
        open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (descriptor < 0 && errno != EEXIST) {
      return Error::unavailable(fmt::format("queue sysv: {} cannot be made ({}); make {} writable",
                                            path, std::strerror(errno), where));
    }
    if (descriptor < 0) {
      continue;
    }
    OwnedQueueFile file{std::move(path), descriptor};
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0 && is_still_named(file.path_, descriptor)) {
      return file;
    }
  }
  return Error::unavailable(fmt::format(
      "queue sysv: no free name was found in {} for {}{}; remove stale files of that name", where,
      prefix, run_and_role));
}

bool OwnedQueueFile::holds(int queue_id) {
  msqid_ds status{};
  if (msgctl(queue_id, IPC_STAT, &status) != 0) {
    return false;
  }
  const std::string text =
      fmt::format("{} {}\n", queue_id, static_cast<long long>(status.msg_ctime));
  return ftruncate(descriptor_, 0) == 0 &&
         pwrite(descriptor_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

int remove_queues_of_dead_owners(std::string_view folder) {
  const std::string where = folder_or_default(folder);
  const std::unique_ptr<DIR, int (*)(DIR*)> listing{opendir(where.c_str()), closedir};
  int removed = 0;
  while (listing != nullptr) {
    const dirent* const entry = readdir(listing.get());
    if (entry == nullptr) {
      break;
    }
    const std::string_view name{static_cast<const char*>(entry->d_name)};
    if (name.starts_with(prefix) && name.ends_with(suffix)) {
      removed += remove_leftover(fmt::format("{}/{}", where, name)) ? 1 : 0;
    }
  }
  return removed;
}

}  // namespace queuemeter::queues
