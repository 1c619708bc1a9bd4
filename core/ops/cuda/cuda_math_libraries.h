// MathLibraries by cuBLASLt and cuDNN, on one stream of a GPU.
#ifndef LOCKSTEP_CORE_OPS_CUDA_CUDA_MATH_LIBRARIES_H_
#define LOCKSTEP_CORE_OPS_CUDA_CUDA_MATH_LIBRARIES_H_

#include <cuda_runtime_api.h>

#include <memory>

#include "core/device/cuda_libraries.h"
#include "core/ops/cuda/math_libraries.h"

namespace lockstep::cuda {

// Borrows the stream. Ends the program if the libraries will not start on this GPU.
std::unique_ptr<MathLibraries> MakeCudaMathLibraries(const CublasLt& lt, const Cudnn& dnn,
                                                     cudaStream_t stream);

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_CORE_OPS_CUDA_CUDA_MATH_LIBRARIES_H_
