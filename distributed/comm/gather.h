// Gathering where some ranks may have nothing but an error to give.
#ifndef LOCKSTEP_DISTRIBUTED_COMM_GATHER_H_
#define LOCKSTEP_DISTRIBUTED_COMM_GATHER_H_

#include <string>
#include <vector>

#include "core/base/status.h"
#include "distributed/comm/communicator.h"

namespace lockstep {

// Collective. What every rank gave, [size]; or, the same on every rank, the error of the first rank
// that has one, with "rank 3: " before it. Other errors: the communicator's.
StatusOr<std::vector<std::string>> GatherOrFirstError(Communicator* communicator,
                                                      const StatusOr<std::string>& mine);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_COMM_GATHER_H_
