#include <gtest/gtest.h>

#include "distributed/comm/nccl_communicator.h"

namespace lockstep {
namespace {

// Stands where the tests of ranks with NCCL need its header.
TEST(NcclCommunicator, OfABinaryWithoutNcclSaysSo) {
  const Status status = MakeNcclCommunicator(nullptr, {}, {}).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kDeviceError);
  EXPECT_EQ(status.message().find("this binary was built without NCCL; "), 0u) << status;
}

}  // namespace
}  // namespace lockstep
