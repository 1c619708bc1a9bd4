// The kernel of Device::AddInOrder.
#ifndef LOCKSTEP_CORE_DEVICE_ADD_IN_ORDER_H_
#define LOCKSTEP_CORE_DEVICE_ADD_IN_ORDER_H_

#include <cuda_runtime_api.h>

#include <cstdint>

#include "core/device/additions.h"

namespace lockstep {

// Enqueues the steps for elements 0 .. elems-1. REQUIRES: elems >= 1; the stream's GPU is current.
cudaError_t LaunchAddInOrder(const Additions& additions, int64_t elems, cudaStream_t stream);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DEVICE_ADD_IN_ORDER_H_
