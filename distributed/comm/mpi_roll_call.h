// MpiRollCall finds out which ranks still answer.
//
// A rank that waits in vain knows only whom it waits for, and that one may itself be waiting for
// another. So it asks every rank, and every rank that is waiting in a call, and so still looks at
// its messages, answers. Those that do not are the ones to name.
#ifndef LOCKSTEP_DISTRIBUTED_COMM_MPI_ROLL_CALL_H_
#define LOCKSTEP_DISTRIBUTED_COMM_MPI_ROLL_CALL_H_

#include <mpi.h>

#include <vector>

#include "core/base/status.h"

namespace lockstep {

// One thread at a time, which makes MPI calls.
class MpiRollCall {
 public:
  // `comm` is for this object's messages alone.
  explicit MpiRollCall(MPI_Comm comm);
  // Ends the receive that is always posted. REQUIRES: before MPI_Finalize.
  ~MpiRollCall();
  MpiRollCall(const MpiRollCall&) = delete;
  MpiRollCall& operator=(const MpiRollCall&) = delete;

  // Answers the peers that have asked and notes the answers that have come. Cheap.
  Status Poll();
  // Asks every peer. Forgets earlier answers.
  Status Ask();
  // Ranks that have, and have not, answered since Ask; this rank has.
  std::vector<int> Ranks(bool answered) const;

 private:
  Status Send(int peer, char message);
  Status Receive();

  MPI_Comm comm_;
  int rank_ = 0, size_ = 1;
  char received_ = 0;
  MPI_Request request_ = MPI_REQUEST_NULL;
  std::vector<bool> answered_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_COMM_MPI_ROLL_CALL_H_
