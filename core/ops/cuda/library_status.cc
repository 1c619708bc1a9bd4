#include "core/ops/cuda/library_status.h"

#include <cstdio>
#include <cstdlib>

#include "core/base/status.h"

namespace lockstep::cuda {

void EndForLibrary(const char* call, const char* why) {
  std::fprintf(stderr,
               "lockstep: %s failed on the GPU: %s; look at nvidia-smi and the kernel's log, go on "
               "with --resume, or use --device cpu\n",
               call, why);
  std::_Exit(static_cast<int>(ExitCode::kDeviceError));
}

void CheckCuda(cudaError_t error, const char* call) {
  if (error != cudaSuccess) EndForLibrary(call, cudaGetErrorString(error));
}

}  // namespace lockstep::cuda
