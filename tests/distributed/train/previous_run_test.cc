#include "distributed/train/previous_run.h"

#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <vector>

namespace lockstep {
namespace {

namespace fs = std::filesystem;

class PreviousRun : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void Write(const std::string& name) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << name;
  }
  std::string SetAside() {
    const StatusOr<std::string> aside = SetPreviousRunAside(folder_.string());
    return aside.ok() ? *aside : std::string(aside.status().message());
  }

  fs::path folder_;
};

TEST_F(PreviousRun, IsMovedWholeAndOtherFilesStay) {
  for (const char* name : {"history.json", "config.textproto", "checkpoints/step-1.ckpt", "mine.txt"}) {
    Write(name);
  }
  EXPECT_EQ(SetAside(), folder_ / "previous-1");
  EXPECT_TRUE(fs::exists(folder_ / "previous-1/history.json"));
  EXPECT_TRUE(fs::exists(folder_ / "previous-1/config.textproto"));
  EXPECT_TRUE(fs::exists(folder_ / "previous-1/checkpoints/step-1.ckpt"));
  EXPECT_FALSE(fs::exists(folder_ / "history.json"));
  EXPECT_FALSE(fs::exists(folder_ / "checkpoints"));
  EXPECT_TRUE(fs::exists(folder_ / "mine.txt"));
}

TEST_F(PreviousRun, ANewerOneDoesNotReplaceAnOlderOne) {
  Write("summary.json");
  EXPECT_EQ(SetAside(), folder_ / "previous-1");
  Write("summary.json");
  EXPECT_EQ(SetAside(), folder_ / "previous-2");
  EXPECT_TRUE(fs::exists(folder_ / "previous-1/summary.json"));
}

// The order in which names left `folder` since `watch` was added to it.
std::vector<std::string> NamesMoved(int watch) {
  alignas(inotify_event) char buffer[4096];
  std::vector<std::string> names;
  const ssize_t bytes = read(watch, buffer, sizeof(buffer));
  for (ssize_t at = 0; at < bytes;) {
    const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
    names.push_back(event->name);
    at += static_cast<ssize_t>(sizeof(*event) + event->len);
  }
  return names;
}

// So a move that is cut short leaves a folder that still counts as a run, and is moved next time.
TEST_F(PreviousRun, WhatMakesAFolderARunIsMovedLast) {
  for (const char* name : {"history.json", "config.textproto", "steps.jsonl", "summary.json"}) {
    Write(name);
  }
  const int watch = inotify_init1(IN_NONBLOCK);
  ASSERT_GE(inotify_add_watch(watch, folder_.c_str(), IN_MOVED_FROM), 0);
  EXPECT_EQ(SetAside(), folder_ / "previous-1");
  EXPECT_EQ(NamesMoved(watch), std::vector<std::string>({"config.textproto", "steps.jsonl",
                                                         "history.json", "summary.json"}));
  close(watch);
}

TEST_F(PreviousRun, AFolderWithAConfigAloneHoldsNone) {
  Write("config.textproto");
  EXPECT_EQ(SetAside(), "");
  EXPECT_TRUE(fs::exists(folder_ / "config.textproto"));
}

}  // namespace
}  // namespace lockstep
