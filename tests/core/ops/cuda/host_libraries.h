// MathLibraries on the host, naive and in double, as its contracts say.
#ifndef LOCKSTEP_TESTS_CORE_OPS_CUDA_HOST_LIBRARIES_H_
#define LOCKSTEP_TESTS_CORE_OPS_CUDA_HOST_LIBRARIES_H_

#include <memory>
#include <vector>

#include "core/ops/cuda/math_libraries.h"

namespace lockstep::cuda {

class HostLibraries final : public MathLibraries {
 public:
  // With `plain`, a library that can end nothing as it stores it.
  explicit HostLibraries(bool plain) : plain_(plain) {}

  std::unique_ptr<Product> PlanProduct(const ProductSpec& spec) override;
  std::unique_ptr<Convolution> PlanConvolution(const ConvolutionSpec& spec) override;
  int64_t workspace_bytes() const override { return 0; }

 private:
  bool plain_;
};

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_TESTS_CORE_OPS_CUDA_HOST_LIBRARIES_H_
