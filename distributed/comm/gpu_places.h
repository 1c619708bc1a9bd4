// Which GPU a rank takes, how many ranks there are, and by what they reduce.
#ifndef LOCKSTEP_DISTRIBUTED_COMM_GPU_PLACES_H_
#define LOCKSTEP_DISTRIBUTED_COMM_GPU_PLACES_H_

#include <cstdint>
#include <span>
#include <string>

#include "core/base/status.h"
#include "distributed/comm/communicator.h"

namespace lockstep {

// Thread ranks of a process that shows `gpus` GPUs: `requested`, or (0) one per GPU, as far as a
// batch's `most` micro-batches or samples go. Errors: UsageError for more ranks than GPUs, unless
// they may share them. REQUIRES: gpus >= 1, most >= 1.
StatusOr<int> ChooseGpuRanks(int requested, int gpus, int64_t most, bool may_share);

// The GPU of rank `local_rank` of this host's, round robin where there are fewer GPUs. A launcher
// that shows each process a GPU of its own shows it one. REQUIRES: gpus >= 1.
int GpuOfLocalRank(int local_rank, int gpus);

enum class ReducePath {
  kNccl,
  kHost,  // through the communicator of threads or MPI: NCCL takes no two ranks on one GPU
};

// By what ranks reduce that have the GPUs of these identities, [ranks]. One rank alone has nothing
// to reduce and needs no NCCL. Errors: UsageError where two have the same, unless they may share.
StatusOr<ReducePath> ChooseReducePath(std::span<const std::string> identities,
                                      bool may_share);

// Collective: ChooseReducePath of what each rank has found (Device::Identity), or the first rank's
// error; the same on every rank.
StatusOr<ReducePath> AgreeOnReducePath(Communicator* communicator,
                                       const StatusOr<std::string>& identity, bool may_share);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_COMM_GPU_PLACES_H_
