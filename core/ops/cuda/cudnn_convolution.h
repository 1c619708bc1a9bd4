// Convolutions by cuDNN's graph API, in float32: no TF32, only engines whose sums have one order.
#ifndef LOCKSTEP_CORE_OPS_CUDA_CUDNN_CONVOLUTION_H_
#define LOCKSTEP_CORE_OPS_CUDA_CUDNN_CONVOLUTION_H_

#include <cudnn.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "core/device/cuda_libraries.h"
#include "core/ops/cuda/math_libraries.h"

namespace lockstep::cuda {

// What all convolutions of a GPU share; borrowed by them.
struct CudnnContext {
  Cudnn dnn;
  cudnnHandle_t handle = nullptr;  // its stream is the work's
  // GPU memory of so many bytes at least, the same for every convolution. Asked for while planning;
  // what it returns may change until all plans are made.
  std::function<void*(int64_t bytes)> workspace;
};

// A pass as MathLibraries::PlanConvolution says. REQUIRES at Run: arrays on multiples of 16 bytes.
std::unique_ptr<Convolution> PlanCudnnConvolution(const CudnnContext* context,
                                                  const ConvolutionSpec& spec);

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_CORE_OPS_CUDA_CUDNN_CONVOLUTION_H_
