// Ranks with a GPU each, which reduce by NCCL.
//
// Gradients never leave the GPUs: they are summed on a stream of its own, behind an event of the
// stream that computes them, while that goes on. Bytes of the host (names, hashes, metrics) take
// the communicator that ranks already had, threads or MPI: they are few, lie in host memory, and
// have to go through where NCCL has failed. That communicator also spreads NCCL's id and keeps the
// deadline, so that a lost rank is named in the same words whatever ranks reduce by.
#ifndef LOCKSTEP_DISTRIBUTED_COMM_NCCL_COMMUNICATOR_H_
#define LOCKSTEP_DISTRIBUTED_COMM_NCCL_COMMUNICATOR_H_

#include <memory>

#include "core/base/status.h"
#include "distributed/comm/communicator.h"
#include "distributed/comm/nccl_options.h"

namespace lockstep {

// Collective over `host`, which is borrowed, as `gpu` is, and kept: its deadline holds, and a
// failure of either is one of both. StartAllReduceSum takes memory of the GPU, which work enqueued
// on the compute stream so far may write; Wait returns once the sums are there. Memory of sums that
// have failed is released when NCCL lets go of it; the device must live until then. Errors, the
// same on every rank: the first rank's that has one: no NCCL, too little memory, kDeviceError;
// kPeerLost.
StatusOr<std::unique_ptr<Communicator>> MakeNcclCommunicator(Communicator* host, RankGpu gpu,
                                                             const NcclOptions& options);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_COMM_NCCL_COMMUNICATOR_H_
