// What mpirun tells a process through its environment, known before MPI is initialised, so that a
// plain start does not pay for that (more than 100 ms).
#ifndef LOCKSTEP_DISTRIBUTED_COMM_MPIRUN_ENVIRONMENT_H_
#define LOCKSTEP_DISTRIBUTED_COMM_MPIRUN_ENVIRONMENT_H_

#include <optional>

namespace lockstep {

struct MpirunPlace {
  int rank = 0;
  int size = 1;
  int local_size = 1;  // ranks on this host
  int local_rank = 0;  // among them
};

// This process's place in the job, or nothing if it was not started by mpirun (of Open MPI, or any
// launcher that sets PMI_RANK and PMI_SIZE).
std::optional<MpirunPlace> PlaceUnderMpirun();

// Ranks of a job of `ranks` that run on this host: all of them where mpirun did not start them.
int RanksOnThisHost(int ranks);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_COMM_MPIRUN_ENVIRONMENT_H_
