#include "core/base/file.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace lockstep {
namespace {

std::string TempPath(const std::string& name) { return JoinPath(::testing::TempDir(), name); }

std::string Temporary(const std::string& path) { return path + ".tmp" + std::to_string(::getpid()); }

TEST(File, WhatIsWrittenIsReadBackByteForByte) {
  const std::string path = TempPath("bytes");
  std::string bytes;
  for (int i = 0; i < 100000; ++i) bytes.push_back(static_cast<char>(i * 31));
  ASSERT_TRUE(WriteFileAtomically(path, bytes).ok());
  EXPECT_EQ(*ReadFile(path), bytes);
  ASSERT_TRUE(WriteFileAtomically(path, "").ok());
  EXPECT_EQ(*ReadFile(path), "");
  EXPECT_FALSE(FileExists(Temporary(path)));
}

TEST(File, AFileOfUnknownSizeIsReadToItsEnd) { EXPECT_FALSE(ReadFile("/proc/self/maps")->empty()); }

TEST(File, NoMoreThanTheLimitIsReadOfAFileWithoutEnd) {
  EXPECT_EQ(*ReadFile("/dev/zero", 10000), std::string(10000, '\0'));
  const std::string path = TempPath("abc");
  ASSERT_TRUE(WriteFileAtomically(path, "abc").ok());
  EXPECT_EQ(*ReadFile(path, 2), "ab");
  EXPECT_EQ(*ReadFile(path, 3), "abc");
  EXPECT_EQ(*ReadFile(path, 4), "abc");
}

TEST(File, AnAbsentFileIsMissingInputAndNamesItsPath) {
  const Status status = ReadFile(TempPath("absent")).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kMissingInput);
  EXPECT_NE(std::string(status.message()).find(TempPath("absent")), std::string::npos);
}

TEST(File, AFolderIsNoFile) {
  EXPECT_EQ(ExitCodeOf(ReadFile(::testing::TempDir()).status()), ExitCode::kIoError);
}

TEST(File, WritingIntoAnAbsentFolderCannotWrite) {
  const Status status = WriteFileAtomically(TempPath("no/such/folder/file"), "x");
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kCannotWrite);
}

TEST(File, AFailedRenameLeavesNoTemporaryFile) {
  const std::string folder = TempPath("folder_in_the_way");
  ASSERT_TRUE(MakeFolders(folder).ok());
  EXPECT_EQ(ExitCodeOf(WriteFileAtomically(folder, "x")), ExitCode::kCannotWrite);
  EXPECT_FALSE(FileExists(Temporary(folder)));
}

// Through links, so that replacing one would harm nothing.
TEST(File, ADeviceIsWrittenToAndNotReplaced) {
  const std::string full = TempPath("full"), null = TempPath("null");
  ::unlink(full.c_str());
  ::unlink(null.c_str());
  ASSERT_EQ(::symlink("/dev/full", full.c_str()), 0);
  ASSERT_EQ(::symlink("/dev/null", null.c_str()), 0);
  EXPECT_EQ(ExitCodeOf(WriteFileAtomically(full, "x")), ExitCode::kIoError);
  EXPECT_TRUE(WriteFileAtomically(null, "x").ok());
  char target[16] = {};
  EXPECT_GT(::readlink(null.c_str(), target, sizeof(target) - 1), 0);
  EXPECT_STREQ(target, "/dev/null");
}

// As "--out /dev/stdout > file" has it: what stdout is may be a regular file, and is appended to.
TEST(File, AnOpenFileNamedBelowDevIsWrittenToAndNotReplaced) {
  const std::string path = TempPath("redirected");
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644);
  ASSERT_GE(fd, 0);
  const std::string link = TempPath("link_to_fd");
  for (const std::string folder : {"/dev/fd/", "/proc/self/fd/"}) {
    const std::string name = folder + std::to_string(fd);
    ::unlink(link.c_str());
    ASSERT_EQ(::symlink(name.c_str(), link.c_str()), 0);
    ASSERT_EQ(::write(fd, "a", 1), 1);
    EXPECT_EQ(WriteFileAtomically(name, "b"), OkStatus());
    EXPECT_EQ(WriteFileAtomically(link, "c"), OkStatus());
    ASSERT_EQ(::write(fd, "d", 1), 1);
  }
  ::close(fd);
  EXPECT_EQ(*ReadFile(path), "abcdabcd");
}

TEST(File, StandardOutputIsKnownByWhatItIs) {
  EXPECT_TRUE(IsStandardOutput("/dev/fd/1"));
  EXPECT_FALSE(IsStandardOutput(TempPath("absent")));
  EXPECT_FALSE(IsStandardOutput(::testing::TempDir()));
}

TEST(File, ALinkOfAUserStaysAndItsTargetIsReplaced) {
  const std::string folder = TempPath("links");
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(MakeFolders(folder + "/far").ok());
  const std::string target = folder + "/far/target", link = folder + "/link";
  ASSERT_EQ(::symlink("far/target", link.c_str()), 0);
  ASSERT_EQ(::symlink("link", (folder + "/link_to_link").c_str()), 0);
  for (const std::string text : {"made", "replaced"}) {  // the link hangs at first
    EXPECT_EQ(WriteFileAtomically(folder + "/link_to_link", text), OkStatus());
    EXPECT_TRUE(std::filesystem::is_symlink(link));
    EXPECT_EQ(*ReadFile(target), text);
  }
}

// Another process's PATH.tmp, or a folder of that name.
TEST(File, ATemporaryFileOfAnotherWriterIsNoHindrance) {
  const std::string path = TempPath("shared");
  ASSERT_TRUE(MakeFolders(path + ".tmp").ok());
  EXPECT_EQ(WriteFileAtomically(path, "x"), OkStatus());
  EXPECT_EQ(*ReadFile(path), "x");
}

TEST(File, MakeFoldersMakesParentsAndAcceptsWhatExists) {
  const std::string path = TempPath("a/b/c");
  EXPECT_TRUE(MakeFolders(path).ok());
  EXPECT_TRUE(MakeFolders(path).ok());
  ASSERT_TRUE(WriteFileAtomically(JoinPath(path, "file"), "x").ok());
  EXPECT_EQ(ExitCodeOf(MakeFolders(JoinPath(path, "file/below"))), ExitCode::kCannotWrite);
}

TEST(JoinPath, KeepsAbsoluteNamesAndOneSlash) {
  EXPECT_EQ(JoinPath("a/b", "c"), "a/b/c");
  EXPECT_EQ(JoinPath("a/b/", "c"), "a/b/c");
  EXPECT_EQ(JoinPath("a", "/c"), "/c");
  EXPECT_EQ(JoinPath("", "c"), "c");
}

}  // namespace
}  // namespace lockstep
