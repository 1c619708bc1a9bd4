// Ranks whose gradients lie on GPUs and are summed on the host: where ranks share a GPU, which NCCL
// does not take, and where there is no NCCL.
#ifndef LOCKSTEP_DISTRIBUTED_COMM_HOST_PATH_H_
#define LOCKSTEP_DISTRIBUTED_COMM_HOST_PATH_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/status.h"
#include "distributed/comm/communicator.h"
#include "distributed/comm/rank_gpu.h"

namespace lockstep {

struct HostPathOptions {
  // Elements of all pieces between two calls of Wait, at most, and the numbers of leaves they may
  // have: memory is had at the start.
  int64_t most_elems = 0;
  std::vector<int64_t> leaf_counts = {1};
};

// Collective over `host`, which is borrowed, as `gpu` is, and sums and waits: the same bits, words
// and deadline. StartAllReduceSum takes memory of the GPU, which work enqueued on the compute
// stream so far may write, and waits for none of it. Errors, the same on every rank: kDeviceError,
// the first rank's that has one.
StatusOr<std::unique_ptr<Communicator>> MakeHostPath(Communicator* host, RankGpu gpu,
                                                     const HostPathOptions& options);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_COMM_HOST_PATH_H_
