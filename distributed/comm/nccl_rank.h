// The rank behind MakeNcclCommunicator, with NCCL's functions as a value.
#ifndef LOCKSTEP_DISTRIBUTED_COMM_NCCL_RANK_H_
#define LOCKSTEP_DISTRIBUTED_COMM_NCCL_RANK_H_

#include <memory>

#include "core/base/status.h"
#include "core/device/nccl_library.h"
#include "distributed/comm/communicator.h"
#include "distributed/comm/nccl_options.h"

namespace lockstep {

// MakeNcclCommunicator (nccl_communicator.h) by these functions, or the reason why this rank has
// none.
StatusOr<std::unique_ptr<Communicator>> MakeNcclRank(const StatusOr<Nccl>& nccl,
                                                     Communicator* host, RankGpu gpu,
                                                     const NcclOptions& options);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_COMM_NCCL_RANK_H_
