#include "distributed/train/folder_lock.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

namespace lockstep {
namespace {

ExitCode Try(const std::string& folder) { return ExitCodeOf(FolderLock::Take(folder).status()); }

TEST(FolderLock, IsHeldByOneAtATime) {
  const std::string folder = testing::TempDir();
  {
    const StatusOr<FolderLock> lock = FolderLock::Take(folder);
    ASSERT_TRUE(lock.ok()) << lock.status();
    EXPECT_EQ(Try(folder), ExitCode::kCannotWrite);
  }
  EXPECT_EQ(Try(folder), ExitCode::kOk);
}

TEST(FolderLock, IsHeldAgainstOtherProcesses) {
  const std::string folder = testing::TempDir();
  const StatusOr<FolderLock> lock = FolderLock::Take(folder);
  ASSERT_TRUE(lock.ok()) << lock.status();
  const pid_t child = fork();
  if (child == 0) _exit(Try(folder) == ExitCode::kCannotWrite ? 0 : 1);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(FolderLock, MovesWithItsOwner) {
  const std::string folder = testing::TempDir();
  StatusOr<FolderLock> lock = FolderLock::Take(folder);
  ASSERT_TRUE(lock.ok()) << lock.status();
  FolderLock owner = *std::move(lock);
  EXPECT_EQ(Try(folder), ExitCode::kCannotWrite);
  FolderLock next;
  next = std::move(owner);
  EXPECT_EQ(Try(folder), ExitCode::kCannotWrite);
}

TEST(FolderLock, AnAbsentFolderCannotBeTaken) {
  EXPECT_EQ(Try(testing::TempDir() + "/absent"), ExitCode::kCannotWrite);
}

}  // namespace
}  // namespace lockstep
