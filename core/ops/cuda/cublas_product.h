// Matrix products by cuBLASLt, in float32: no TF32, no reduction whose order is left open.
#ifndef LOCKSTEP_CORE_OPS_CUDA_CUBLAS_PRODUCT_H_
#define LOCKSTEP_CORE_OPS_CUDA_CUBLAS_PRODUCT_H_

#include <cublasLt.h>
#include <cuda_runtime_api.h>

#include <cstddef>
#include <memory>

#include "core/device/cuda_libraries.h"
#include "core/ops/cuda/math_libraries.h"

namespace lockstep::cuda {

// What all products of a GPU share; borrowed by them.
struct CublasContext {
  CublasLt lt;
  cublasLtHandle_t handle = nullptr;
  cudaStream_t stream = nullptr;
  void* workspace = nullptr;
  size_t workspace_bytes = 0;
};

// A product as MathLibraries::PlanProduct says. REQUIRES at Run: arrays on multiples of 16 bytes.
std::unique_ptr<Product> PlanCublasProduct(const CublasContext* context, const ProductSpec& spec);

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_CORE_OPS_CUDA_CUBLAS_PRODUCT_H_
