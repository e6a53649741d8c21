// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/call/error.hpp"

#include <string>
#include <string_view>

namespace queuemeter::queues {

/// Remembers outside this process that it owns a kernel message queue, so that one whose owner was
/// killed can be told from one that is in use: kernel queues have neither names nor owners that
/// end.
///
/// A file `queuemeter.<run id>.<role>.<process>.<n>.sysv` in shared memory, which is as long-lived
/// as the queues themselves, holds the queue's id; its lock is held while the owner lives.
/// One thread, except that several may be made at once.
class OwnedQueueFile {
 public:
  /// Makes and locks the file, in `folder`, or where that is empty in /dev/shm or /tmp.
  [[nodiscard]] static Result<OwnedQueueFile> create(std::string_view run_and_role,
                                                     std::string_view folder = {});
  OwnedQueueFile(OwnedQueueFile&& other) noexcept;
  OwnedQueueFile& operator=(OwnedQueueFile&& other) = delete;
  /// Removes the file.
  ~OwnedQueueFile();

  /// Writes down which queue it stands for. False when it cannot be written.
  [[nodiscard]] bool holds(int queue_id);
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  OwnedQueueFile(std::string path, int descriptor) noexcept;
  std::string path_;
  int descriptor_;
};

/// Removes the kernel queues, and the files, of owners that no longer live. Looks only at files of
/// this user with a name as above, and removes a queue only if it is the very one its owner made.
/// How many queues were removed.
int remove_queues_of_dead_owners(std::string_view folder = {});

}  // namespace queuemeter::queues
