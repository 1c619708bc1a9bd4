// Keeps a run folder for one training at a time.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_FOLDER_LOCK_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_FOLDER_LOCK_H_

#include <string>

#include "core/base/status.h"

namespace lockstep {

// Holds the lock of a folder while it lives; a process that dies leaves none behind. Move-only.
class FolderLock {
 public:
  FolderLock() = default;
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;
  ~FolderLock();

  // Errors: CannotWriteError if another FolderLock, of any process, holds it. On a file system
  // without locks the folder is taken unlocked.
  static StatusOr<FolderLock> Take(const std::string& folder);

 private:
  explicit FolderLock(int fd) : fd_(fd) {}

  int fd_ = -1;
};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_FOLDER_LOCK_H_
