#include "distributed/comm/nccl_communicator.h"

#include "core/device/nccl_library.h"
#include "distributed/comm/nccl_rank.h"

namespace lockstep {

StatusOr<std::unique_ptr<Communicator>> MakeNcclCommunicator(Communicator* host, RankGpu gpu,
                                                             const NcclOptions& options) {
  return MakeNcclRank(OpenNccl(), host, gpu, options);
}

}  // namespace lockstep
