// Ops on a GPU: our own kernels, cuBLASLt and cuDNN. docs/gpu.md says what has been tried of it.
#ifndef LOCKSTEP_CORE_OPS_CUDA_CUDA_OPS_H_
#define LOCKSTEP_CORE_OPS_CUDA_CUDA_OPS_H_

#include <memory>

#include "core/base/status.h"
#include "core/ops/ops.h"

namespace lockstep {

// Ops whose calls are enqueued on one stream of a GPU, in order, and not complete on return: the
// host reads device memory after Sync. Loss and SumOfProducts return numbers and therefore wait.
class CudaOps {
 public:
  virtual ~CudaOps() = default;
  virtual Ops* ops() = 0;
  // Waits for everything enqueued. A failure of the GPU ends the program (exit code 76).
  virtual void Sync() = 0;
};

// On GPU `device`, which becomes the calling thread's; one thread at a time. Errors: kDeviceError,
// as CountGpus says, or a number that no GPU has.
StatusOr<std::unique_ptr<CudaOps>> MakeCudaOps(int device);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_CUDA_CUDA_OPS_H_
