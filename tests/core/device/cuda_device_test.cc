#include "core/device/cuda_device.h"

#include <gtest/gtest.h>

#include "core/device/gpu.h"
#include "tests/core/device/device_contract.h"

namespace lockstep {
namespace {

TEST(CudaDevice, KeepsTheContract) {
  const StatusOr<int> gpus = CountGpus();
  if (!gpus.ok()) GTEST_SKIP() << "NOT TESTED: " << gpus.status().message();
  const auto device = MakeCudaDevice(0);
  ASSERT_TRUE(device.ok()) << device.status();
  EXPECT_EQ(CheckDevice(device->get()), "");
}

TEST(CudaDevice, OneThatIsNotThereIsAnErrorOfOneLine) {
  const Status status = MakeCudaDevice(1000).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kDeviceError);
  EXPECT_EQ(status.message().find('\n'), std::string::npos) << status;
}

}  // namespace
}  // namespace lockstep
