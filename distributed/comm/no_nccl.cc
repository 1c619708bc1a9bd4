#include "distributed/comm/nccl_communicator.h"

namespace lockstep {

StatusOr<std::unique_ptr<Communicator>> MakeNcclCommunicator(Communicator*, RankGpu,
                                                             const NcclOptions&) {
  return DeviceError(
      "this binary was built without NCCL; build it where nccl.h is (docs/gpu.md), or let several "
      "ranks reduce through the host");
}

}  // namespace lockstep
