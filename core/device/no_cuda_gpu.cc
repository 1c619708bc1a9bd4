#include "core/device/gpu.h"

namespace lockstep {

StatusOr<int> CountGpus() {
  return DeviceError(
      "this binary was built without CUDA; build it where the CUDA toolkit is (docs/gpu.md), or use "
      "the CPU");
}

}  // namespace lockstep
