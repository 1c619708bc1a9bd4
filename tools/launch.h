// Ranks: as processes under mpirun, as threads of this process otherwise.
#ifndef LOCKSTEP_TOOLS_LAUNCH_H_
#define LOCKSTEP_TOOLS_LAUNCH_H_

#include <functional>
#include <memory>

#include "core/base/status.h"
#include "distributed/comm/communicator.h"
#include "proto/config.pb.h"

namespace lockstep {

// Whether this process is the one that prints: not under mpirun, or its rank 0.
bool PrintsForAllRanks();

// Whether `status` is an error that all ranks share and rank 0 reports. Another rank then exits
// with 0: mpirun ends the job, rank 0 and its message included, at the first other exit code.
bool IsReportedByRankZero(const Status& status);

// Number of ranks: mpirun's, or `requested` threads, or (0) as many as there are cores,
// micro-batches and samples in a batch; one where the config leaves micro-batches to the ranks.
// Errors: UsageError for more ranks than micro-batches (or, where those are unset, samples).
StatusOr<int> ChooseRanks(const Config& config, int requested);

// Starts ranks; keeps MPI up between uses. One per process, one thread at a time.
class Launcher {
 public:
  // Collective under mpirun: the first rank's error, if any rank has one; the same on every rank.
  Status Agree(const Status& mine);
  // Runs `body` on every rank: as this process's rank under mpirun, else as `ranks` threads. The
  // first failure is returned; it aborts the other ranks unless it is one that each rank finds.
  Status Run(int ranks, const std::function<Status(Communicator*)>& body);

 private:
  Status StartMpi();

  std::unique_ptr<Communicator> mpi_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_LAUNCH_H_
