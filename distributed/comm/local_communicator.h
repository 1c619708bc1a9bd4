// Ranks as threads of one process.
#ifndef LOCKSTEP_DISTRIBUTED_COMM_LOCAL_COMMUNICATOR_H_
#define LOCKSTEP_DISTRIBUTED_COMM_LOCAL_COMMUNICATOR_H_

#include <chrono>
#include <memory>
#include <vector>

#include "distributed/comm/communicator.h"

namespace lockstep {

struct LocalOptions {
  // A rank that keeps the others waiting for longer is reported as lost.
  std::chrono::milliseconds deadline{60'000};
};

// One communicator per rank, [ranks], each to be used by one thread. They share a group, which
// lives as long as any of them. One rank alone sums in place, without any other thread.
// REQUIRES: ranks >= 1.
std::vector<std::unique_ptr<Communicator>> MakeLocalCommunicators(int ranks,
                                                                  const LocalOptions& options = {});

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_COMM_LOCAL_COMMUNICATOR_H_
