// Ranks: as processes under mpirun, as threads of this process otherwise.
#ifndef LOCKSTEP_TOOLS_LAUNCH_H_
#define LOCKSTEP_TOOLS_LAUNCH_H_

#include <functional>

#include "core/base/status.h"
#include "distributed/comm/communicator.h"
#include "proto/config.pb.h"

namespace lockstep {

// Whether this process is the one that prints: not under mpirun, or its rank 0.
bool PrintsForAllRanks();

// Number of ranks: mpirun's, or `requested` threads, or (0) as many as there are cores and
// micro-batches; one where the config leaves micro-batches to the ranks. Errors: UsageError for
// more ranks than micro-batches or samples in a batch.
StatusOr<int> ChooseRanks(const Config& config, int requested);

// Runs `body` on every rank: as this process's rank under mpirun, else as `ranks` threads. The
// first failure aborts the other ranks and is returned (the same on each).
Status RunOnRanks(int ranks, const std::function<Status(Communicator*)>& body);

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_LAUNCH_H_
