// The ops of GPUs on the host, and how they are held to the table of ops: twice, the second time
// with 64-bit indices, threads in another order, and a library that can end no product or
// convolution as it stores it.
#ifndef LOCKSTEP_TESTS_CORE_OPS_CUDA_HOST_KERNEL_OPS_H_
#define LOCKSTEP_TESTS_CORE_OPS_CUDA_HOST_KERNEL_OPS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "core/ops/cuda/kernel_ops.h"
#include "core/ops/ops.h"
#include "tests/core/ops/conformance.h"
#include "tests/core/ops/cuda/host_device.h"
#include "tests/core/ops/cuda/host_libraries.h"

namespace lockstep::cuda {

class HostKernelOps final : public KernelOps<HostDevice> {
 public:
  using KernelOps::KernelOps;
  std::string name() const override { return "kernels on the host"; }
  int64_t workspace_bytes() const override { return 0; }
};

inline void CheckOnTheHost(const OpCase& row, bool unusual) {
  HostDevice device(/*wide=*/unusual, /*backwards=*/unusual);
  HostLibraries libraries(/*plain=*/unusual);
  HostKernelOps tested(&device, &libraries);
  const std::unique_ptr<Ops> reference = MakeReferenceOps();
  row.check({reference.get(), &tested});
}

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_TESTS_CORE_OPS_CUDA_HOST_KERNEL_OPS_H_
