// The table of ops on the first GPU of this machine.
#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <memory>

#include "core/device/gpu.h"
#include "core/ops/cuda/cuda_ops.h"
#include "core/ops/cuda/library_status.h"
#include "core/ops/ops.h"
#include "tests/core/ops/conformance.h"
#include "tests/core/ops/cuda/copying_ops.h"

namespace lockstep {
namespace {

using cuda::CheckCuda;

class GpuMemory final : public TestMemory {
 public:
  explicit GpuMemory(CudaOps* ops) : ops_(ops) {}
  void* Allocate(size_t bytes) override {
    void* memory = nullptr;
    CheckCuda(cudaMalloc(&memory, bytes == 0 ? 1 : bytes), "cudaMalloc");
    return memory;
  }
  void Free(void* memory) override { CheckCuda(cudaFree(memory), "cudaFree"); }
  void ToDevice(void* to, const void* from, size_t bytes) override {
    CheckCuda(cudaMemcpy(to, from, bytes, cudaMemcpyHostToDevice), "cudaMemcpy");
    CheckCuda(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
  }
  void ToHost(void* to, const void* from, size_t bytes) override {
    ops_->Sync();
    CheckCuda(cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToHost), "cudaMemcpy");
  }

 private:
  CudaOps* ops_;
};

TEST(CudaOps, AgreeWithTheReferenceOnThisGpu) {
  const StatusOr<int> count = CountGpus();
  if (!count.ok()) GTEST_SKIP() << "NOT TESTED: " << count.status().message();
  StatusOr<std::unique_ptr<CudaOps>> gpu = MakeCudaOps(0);
  ASSERT_TRUE(gpu.ok()) << gpu.status();
  GpuMemory memory(gpu->get());
  const std::unique_ptr<Ops> reference = MakeReferenceOps();
  const std::unique_ptr<Ops> tested = MakeCopyingOps((*gpu)->ops(), &memory);
  for (const OpCase& row : AllOpCases()) {
    SCOPED_TRACE(row.name);
    row.check({reference.get(), tested.get()});
  }
}

}  // namespace
}  // namespace lockstep
