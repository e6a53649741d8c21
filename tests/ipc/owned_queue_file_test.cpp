// SPDX-License-Identifier: Apache-2.0
#include "queue_impls/ipc/owned_queue_file.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

namespace queuemeter::queues {
namespace {

/// A folder of its own, gone with the test.
class OwnedQueueFiles : public testing::Test {
 protected:
  OwnedQueueFiles() {
    std::string pattern = std::filesystem::temp_directory_path() / "owned_queues_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~OwnedQueueFiles() override { std::filesystem::remove_all(folder_); }

  static bool exists(int queue_id) {
    msqid_ds status{};
    return msgctl(queue_id, IPC_STAT, &status) == 0;
  }
  [[nodiscard]] bool is_empty() const { return std::filesystem::is_empty(folder_); }

  std::filesystem::path folder_;
};

/// Makes a queue and its file in a process that dies without tidying up; the queue's id.
int leave_behind(const std::string& folder) {
  std::array<int, 2> ends{-1, -1};
  EXPECT_EQ(::pipe(ends.data()), 0);
  const pid_t owner = ::fork();
  if (owner == 0) {
    Result<OwnedQueueFile> file = OwnedQueueFile::create("dead.calls", folder);
    const int id = msgget(IPC_PRIVATE, 0600);
    const bool told = file && file->holds(id) && ::write(ends[1], &id, sizeof id) == sizeof id;
    ::_exit(told ? 0 : 1);  // no destructor runs, as in a kill
  }
  int status = -1;
  int id = -1;
  EXPECT_EQ(::waitpid(owner, &status, 0), owner);
  EXPECT_EQ(::read(ends[0], &id, sizeof id), static_cast<ssize_t>(sizeof id));
  ::close(ends[0]);
  ::close(ends[1]);
  return id;
}

TEST_F(OwnedQueueFiles, OfADeadOwnerAreRemovedWithTheQueue) {
  const int id = leave_behind(folder_);
  ASSERT_TRUE(exists(id));

  EXPECT_EQ(remove_queues_of_dead_owners(folder_.native()), 1);

  EXPECT_FALSE(exists(id));
  EXPECT_TRUE(is_empty());
}

TEST_F(OwnedQueueFiles, OfALivingOwnerStay) {
  Result<OwnedQueueFile> file = OwnedQueueFile::create("alive.calls", folder_.native());
  ASSERT_TRUE(file);
  const int id = msgget(IPC_PRIVATE, 0600);
  ASSERT_TRUE(file->holds(id));

  EXPECT_EQ(remove_queues_of_dead_owners(folder_.native()), 0);

  EXPECT_TRUE(exists(id));
  EXPECT_TRUE(std::filesystem::exists(file->path()));
  msgctl(id, IPC_RMID, nullptr);
}

TEST_F(OwnedQueueFiles, AQueueThatIsNotTheOneItsOwnerMadeIsLeftAlone) {
  const int somebody_elses = msgget(IPC_PRIVATE, 0600);
  const std::filesystem::path file = folder_ / "queuemeter.run.calls.1.0.sysv";
  std::ofstream{file} << somebody_elses << " 12345\n";  // made at another time
  std::ofstream{folder_ / "queuemeter.run.calls.1.1.sysv"} << "nonsense\n";
  std::ofstream{folder_ / "another.sysv"} << somebody_elses << " 0\n";

  EXPECT_EQ(remove_queues_of_dead_owners(folder_.native()), 0);

  EXPECT_TRUE(exists(somebody_elses));
  EXPECT_FALSE(std::filesystem::exists(file)) << "but what says nothing true is tidied up";
  EXPECT_TRUE(std::filesystem::exists(folder_ / "another.sysv"));
  msgctl(somebody_elses, IPC_RMID, nullptr);
}

TEST_F(OwnedQueueFiles, SayWhereTheyCannotBeMade) {
  const Result<OwnedQueueFile> file = OwnedQueueFile::create("x", "/nonexistent");

  ASSERT_FALSE(file);
  EXPECT_NE(file.error().what.find("make /nonexistent writable"), std::string::npos);
}

}  // namespace
}  // namespace queuemeter::queues
