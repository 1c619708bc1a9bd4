// The ops on a stream of a GPU, without absl's headers, which nvcc does not take: cuda_ops.h makes
// them.
#ifndef LOCKSTEP_CORE_OPS_CUDA_STREAM_OPS_H_
#define LOCKSTEP_CORE_OPS_CUDA_STREAM_OPS_H_

#include <cuda_runtime_api.h>

#include <memory>
#include <string>

#include "core/ops/cuda/math_libraries.h"
#include "core/ops/ops.h"

namespace lockstep::cuda {

// Borrows the stream, which libraries work on too. `name` is what decides about bits.
std::unique_ptr<Ops> MakeStreamOps(cudaStream_t stream, std::unique_ptr<MathLibraries> libraries,
                                   const std::string& name);

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_CORE_OPS_CUDA_STREAM_OPS_H_
