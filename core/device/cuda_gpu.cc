#include <cuda_runtime_api.h>

#include "core/device/cuda_libraries.h"
#include "core/device/gpu.h"

namespace lockstep {

StatusOr<int> CountGpus() {
  GpuFacts facts = {.built_version = CUDART_VERSION};
  if (cudaDriverGetVersion(&facts.driver_version) != cudaSuccess) facts.driver_version = 0;
  const cudaError_t error = cudaGetDeviceCount(&facts.count);
  if (error != cudaSuccess) {
    facts.count = 0;
    facts.error = cudaGetErrorString(error);
  }
  LOCKSTEP_ASSIGN_OR_RETURN(const int count, JudgeGpus(facts));
  LOCKSTEP_RETURN_IF_ERROR(OpenCublasLt().status());
  LOCKSTEP_RETURN_IF_ERROR(OpenCudnn().status());
  return count;
}

}  // namespace lockstep
