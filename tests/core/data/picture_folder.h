// A folder of pictures for tests.
#ifndef LOCKSTEP_TESTS_CORE_DATA_PICTURE_FOLDER_H_
#define LOCKSTEP_TESTS_CORE_DATA_PICTURE_FOLDER_H_

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "core/base/file.h"
#include "tests/core/data/pictures.h"

namespace lockstep {

// Below the test's own folder; empty at first.
class PictureFolder {
 public:
  explicit PictureFolder(const std::string& name) : path_(JoinPath(testing::TempDir(), name)) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }

  const std::string& path() const { return path_; }

  // Writes `bytes` to the file `name` in it.
  void Write(const std::string& name, const std::string& bytes) const {
    const std::string file = JoinPath(path_, name);
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    ASSERT_TRUE(WriteFileAtomically(file, bytes).ok());
  }
  // A copy of the picture `from` of testdata.
  void Add(const std::string& name, const std::string& from) const {
    Write(name, PictureFile(from));
  }

 private:
  std::string path_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_CORE_DATA_PICTURE_FOLDER_H_
