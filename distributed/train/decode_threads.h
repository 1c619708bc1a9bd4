// How many threads make pictures ahead of a rank's step.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_DECODE_THREADS_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_DECODE_THREADS_H_

#include <cstdint>

#include "distributed/comm/communicator.h"

namespace lockstep {

// Of one rank: `wanted`, or if that is 0 its part of the cores that this host's ranks leave, at
// least 1.
int DecodeThreads(uint32_t wanted, const Communicator& communicator);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_DECODE_THREADS_H_
