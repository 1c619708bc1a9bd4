#include "tools/child_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace lockstep {
namespace {

using ::testing::HasSubstr;

Status RunShell(const std::string& script) {
  return RunChild({"sh", "-c", script}, ::testing::TempDir() + "/output.txt");
}

TEST(ChildProcess, ReturnsOnceTheChildHasEnded) { EXPECT_TRUE(RunShell("exit 0").ok()); }

TEST(ChildProcess, KeepsLockstepsExitCodeAndWords) {
  const Status status = RunShell("echo noise; echo 'lockstep: no such word'; echo tail; exit 66");
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kMissingInput);
  EXPECT_EQ(status.message(), "no such word");
}

TEST(ChildProcess, NamesTheSignalThatEndedIt) {
  const Status status = RunShell("echo deep in step 7; kill -9 $$");
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kIoError);
  EXPECT_THAT(std::string(status.message()), HasSubstr("sh was ended by signal 9 (Killed): deep"));
}

TEST(ChildProcess, NamesAnotherExitCode) {
  EXPECT_THAT(std::string(RunShell("exit 3").message()), HasSubstr("sh ended with exit code 3"));
}

TEST(ChildProcess, NamesAProgramThatIsNotThere) {
  const Status status = RunChild({"/nowhere/program"}, ::testing::TempDir() + "/output.txt");
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot start program"));
}

TEST(ChildProcess, KnowsItsOwnBinary) {
  EXPECT_THAT(OwnBinary(), HasSubstr("child_process_test"));
}

}  // namespace
}  // namespace lockstep
