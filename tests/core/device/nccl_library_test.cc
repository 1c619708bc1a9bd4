#include "core/device/nccl_library.h"

#include <gtest/gtest.h>

#include <string>

namespace lockstep {
namespace {

TEST(NcclLibrary, OpensWithEveryFunctionOrNamesTheMissingFile) {
  const StatusOr<Nccl> nccl = OpenNccl();
  if (nccl.ok()) {
    int version = 0;
    EXPECT_EQ(nccl->GetVersion(&version), ncclSuccess);
    EXPECT_GE(version, 21400);
    return;
  }
  EXPECT_EQ(ExitCodeOf(nccl.status()), ExitCode::kDeviceError);
  EXPECT_NE(nccl.status().message().find("libnccl.so.2"), std::string::npos) << nccl.status();
  EXPECT_EQ(nccl.status().message().find("has no function"), std::string::npos) << nccl.status();
}

TEST(NcclLibrary, OneThatIsTooOldIsToldWithItsVersion) {
  EXPECT_TRUE(JudgeNcclVersion(21400).ok());
  EXPECT_TRUE(JudgeNcclVersion(22809).ok());
  EXPECT_EQ(std::string(JudgeNcclVersion(21212).message()).substr(0, 55),
            "libnccl.so.2 is NCCL 2.12, and 2.14 or newer is needed;");
  EXPECT_EQ(std::string(JudgeNcclVersion(2708).message()).substr(0, 24),
            "libnccl.so.2 is NCCL 2.7");
  EXPECT_EQ(ExitCodeOf(JudgeNcclVersion(2708)), ExitCode::kDeviceError);
}

}  // namespace
}  // namespace lockstep
