// A GPU of this machine.
#ifndef LOCKSTEP_CORE_DEVICE_CUDA_DEVICE_H_
#define LOCKSTEP_CORE_DEVICE_CUDA_DEVICE_H_

#include <memory>

#include "core/base/status.h"
#include "core/device/device.h"

namespace lockstep {

// GPU `index` of those that CountGpus (gpu.h) counts. Its streams and events do not wait for CUDA's
// default stream. Errors: kDeviceError, also in a binary built without CUDA.
StatusOr<std::unique_ptr<Device>> MakeCudaDevice(int index);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DEVICE_CUDA_DEVICE_H_
