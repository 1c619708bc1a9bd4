#include "core/base/status.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lockstep {
namespace {

TEST(Status, EveryConstructorHasThePromisedExitCode) {
  EXPECT_EQ(static_cast<int>(ExitCodeOf(OkStatus())), 0);
  EXPECT_EQ(static_cast<int>(ExitCodeOf(CheckFailedError("m"))), 1);
  EXPECT_EQ(static_cast<int>(ExitCodeOf(UsageError("m"))), 64);
  EXPECT_EQ(static_cast<int>(ExitCodeOf(BadDataError("m"))), 65);
  EXPECT_EQ(static_cast<int>(ExitCodeOf(MissingInputError("m"))), 66);
  EXPECT_EQ(static_cast<int>(ExitCodeOf(BugError("m"))), 70);
  EXPECT_EQ(static_cast<int>(ExitCodeOf(OutOfMemoryError("m"))), 71);
  EXPECT_EQ(static_cast<int>(ExitCodeOf(CannotWriteError("m"))), 73);
  EXPECT_EQ(static_cast<int>(ExitCodeOf(IoError("m"))), 74);
  EXPECT_EQ(static_cast<int>(ExitCodeOf(PeerLostError("m"))), 75);
  EXPECT_EQ(static_cast<int>(ExitCodeOf(DeviceError("m"))), 76);
  EXPECT_EQ(static_cast<int>(ExitCodeOf(MismatchError("m"))), 78);
  EXPECT_EQ(static_cast<int>(ExitCodeOf(NotFiniteError("m"))), 79);
  EXPECT_EQ(static_cast<int>(ExitCodeOf(ReplicasDifferError("m"))), 80);
  EXPECT_EQ(static_cast<int>(ExitCodeOf(StoppedError("m"))), 85);
}

TEST(Status, AForeignCodeCountsAsABug) {
  EXPECT_EQ(ExitCodeOf(Status(absl::StatusCode::kUnimplemented, "m")), ExitCode::kBug);
}

TEST(Annotate, KeepsTheCodeAndPutsThePrefixFirst) {
  const Status status = Annotate(BadDataError("too short"), "mnist.npz");
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kBadData);
  EXPECT_EQ(std::string(status.message()), "mnist.npz: too short");
  EXPECT_TRUE(Annotate(OkStatus(), "mnist.npz").ok());
}

StatusOr<int> Half(int value) {
  if (value % 2 != 0) return UsageError("odd");
  return value / 2;
}

StatusOr<int> Quarter(int value) {
  LOCKSTEP_ASSIGN_OR_RETURN(const int half, Half(value));
  LOCKSTEP_ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}

Status Check(int value) {
  LOCKSTEP_RETURN_IF_ERROR(Quarter(value).status());
  return OkStatus();
}

TEST(StatusMacros, PassTheValueOnOrReturnTheError) {
  EXPECT_EQ(*Quarter(12), 3);
  EXPECT_EQ(ExitCodeOf(Quarter(6).status()), ExitCode::kUsage);
  EXPECT_TRUE(Check(4).ok());
  EXPECT_EQ(std::string(Check(5).message()), "odd");
}

}  // namespace
}  // namespace lockstep
