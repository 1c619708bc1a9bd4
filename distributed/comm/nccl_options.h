// Ranks with a GPU each, which reduce by NCCL: what they are told.
#ifndef LOCKSTEP_DISTRIBUTED_COMM_NCCL_OPTIONS_H_
#define LOCKSTEP_DISTRIBUTED_COMM_NCCL_OPTIONS_H_

#include <chrono>
#include <cstdint>
#include <vector>

#include "distributed/comm/rank_gpu.h"

namespace lockstep {

struct NcclOptions {
  // Sum in tree order: the same bits for any number of ranks. Where false, a piece with one leaf on
  // every rank is given to NCCL's own all-reduce, in NCCL's order.
  bool exact = true;
  // What pieces will be at most, and the numbers of leaves they may have: memory is had at the
  // start, not in a step.
  int64_t most_elems = 0;
  std::vector<int64_t> leaf_counts = {1};
  // How long NCCL may take to end.
  std::chrono::milliseconds cap{10'000};
};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_COMM_NCCL_OPTIONS_H_
