// Ranks as processes under mpirun, on one host or several.
#ifndef LOCKSTEP_DISTRIBUTED_COMM_MPI_COMMUNICATOR_H_
#define LOCKSTEP_DISTRIBUTED_COMM_MPI_COMMUNICATOR_H_

#include <chrono>
#include <memory>

#include "core/base/status.h"
#include "distributed/comm/communicator.h"

namespace lockstep {

struct MpiOptions {
  // A rank that keeps the others waiting for longer is reported as lost.
  std::chrono::milliseconds deadline{60'000};
};

// Initialises MPI for this process; the communicator over all of mpirun's ranks finalises it when
// it is destroyed. Once per process. Its Abort prints the cause to stderr and ends the whole job
// with the cause's exit code; so does destroying it after an error, because peers that do not
// answer would make a regular end hang. Errors: UsageError in a build without MPI; DeviceError if
// MPI cannot start or does not join as many ranks as mpirun started.
StatusOr<std::unique_ptr<Communicator>> MakeMpiCommunicator(const MpiOptions& options = {});

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_COMM_MPI_COMMUNICATOR_H_
