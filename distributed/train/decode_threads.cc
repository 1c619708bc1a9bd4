#include "distributed/train/decode_threads.h"

#include <algorithm>
#include <thread>

#include "distributed/comm/mpirun_environment.h"

namespace lockstep {

int DecodeThreads(uint32_t wanted, const Communicator& communicator) {
  if (wanted > 0) return static_cast<int>(wanted);
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  const int ranks = RanksOnThisHost(communicator.size());
  return std::max((cores - ranks) / ranks, 1);
}

}  // namespace lockstep
