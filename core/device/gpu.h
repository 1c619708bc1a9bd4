// Whether this machine has GPUs that the program can use, and if not, what is missing.
#ifndef LOCKSTEP_CORE_DEVICE_GPU_H_
#define LOCKSTEP_CORE_DEVICE_GPU_H_

#include <string>

#include "core/base/status.h"

namespace lockstep {

// What a look at the machine found. Versions as CUDA writes them: 13000 is 13.0.
struct GpuFacts {
  int driver_version = 0;  // the newest CUDA that the driver knows; 0: there is no driver
  int built_version = 0;   // of the toolkit that this binary was built with
  int count = 0;
  std::string error = "";  // what CUDA says of counting the GPUs; "" if nothing
};

// The number of GPUs, at least 1. Errors: kDeviceError, naming the first thing that is missing.
StatusOr<int> JudgeGpus(const GpuFacts& facts);

// Looks at this machine: driver, GPUs, then the libraries of core/device/cuda_libraries.h. A binary
// built without CUDA says so. Errors: kDeviceError.
StatusOr<int> CountGpus();

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DEVICE_GPU_H_
