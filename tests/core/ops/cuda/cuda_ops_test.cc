#include "core/ops/cuda/cuda_ops.h"

#include <gtest/gtest.h>

#include <memory>

#include "core/device/gpu.h"

namespace lockstep {
namespace {

TEST(MakeCudaOps, SaysWhatIsMissingWhereThereIsNoGpu) {
  const StatusOr<int> count = CountGpus();
  if (count.ok()) GTEST_SKIP() << "this machine has " << *count << " GPUs";
  const Status status = MakeCudaOps(0).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kDeviceError);
  EXPECT_EQ(status.message(), count.status().message());
}

TEST(MakeCudaOps, RefusesANumberThatNoGpuHas) {
  const StatusOr<int> count = CountGpus();
  if (!count.ok()) GTEST_SKIP() << "NOT TESTED: " << count.status().message();
  for (const int device : {-1, *count}) {
    EXPECT_EQ(ExitCodeOf(MakeCudaOps(device).status()), ExitCode::kDeviceError) << device;
  }
}

}  // namespace
}  // namespace lockstep
