// What becomes of a call to CUDA or one of its libraries that fails in the middle of the work: the
// GPU answers nothing more, and peers wait; so the program ends with one line and the exit code of
// devices.
#ifndef LOCKSTEP_CORE_OPS_CUDA_LIBRARY_STATUS_H_
#define LOCKSTEP_CORE_OPS_CUDA_LIBRARY_STATUS_H_

#include <cuda_runtime_api.h>

namespace lockstep::cuda {

// Ends the program: `call` failed, and the library says `why`.
[[noreturn]] void EndForLibrary(const char* call, const char* why);

// Ends it unless `error` is none.
void CheckCuda(cudaError_t error, const char* call);

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_CORE_OPS_CUDA_LIBRARY_STATUS_H_
