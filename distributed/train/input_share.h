// How many threads make pictures ahead of a rank's step, and whether that was enough.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_INPUT_SHARE_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_INPUT_SHARE_H_

#include <cstdint>
#include <string>

#include "distributed/comm/communicator.h"

namespace lockstep {

// From this share of a step's time on, input is what limits it.
constexpr double kInputBoundShare = 0.1;

// Of one rank: `wanted`, or if that is 0 its part of the cores that this host's ranks leave, at
// least 1.
int DecodeThreads(uint32_t wanted, const Communicator& communicator);

// "" if the share of the step's time that waits for pictures does not matter; else one line that
// says so and what helps: more threads where `idle_cores`, else less work.
std::string InputVerdict(double share, int decode_threads, bool idle_cores);

// Whether this host has cores beside its ranks and their decode threads.
bool HasIdleCores(int decode_threads, const Communicator& communicator);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_INPUT_SHARE_H_
