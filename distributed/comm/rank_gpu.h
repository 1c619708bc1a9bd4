// What a communicator of device memory is given of its rank.
#ifndef LOCKSTEP_DISTRIBUTED_COMM_RANK_GPU_H_
#define LOCKSTEP_DISTRIBUTED_COMM_RANK_GPU_H_

#include "core/device/device.h"

namespace lockstep {

// The GPU of a rank and where it computes; borrowed.
struct RankGpu {
  Device* device = nullptr;
  DeviceStream* compute = nullptr;
};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_COMM_RANK_GPU_H_
