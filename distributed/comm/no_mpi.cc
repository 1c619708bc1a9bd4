#include "distributed/comm/mpi_communicator.h"

namespace lockstep {

StatusOr<std::unique_ptr<Communicator>> MakeMpiCommunicator(const MpiOptions&) {
  return UsageError(
      "started by mpirun, but this binary was built without MPI (--define=mpi=no); build it "
      "without that flag, or use --ranks N for thread ranks");
}

}  // namespace lockstep
