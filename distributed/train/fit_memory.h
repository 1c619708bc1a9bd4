// What a rank needs while it trains, and making it fit.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_FIT_MEMORY_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_FIT_MEMORY_H_

#include <cstdint>

#include "core/base/status.h"
#include "core/nn/graph.h"
#include "proto/config.pb.h"

namespace lockstep {

// Bytes of the rank that needs most, as they will be allocated.
struct RankMemory {
  int64_t weights = 0;
  int64_t gradients = 0;  // all its partial sums
  int64_t optimizer = 0;
  GraphMemory graph;
  int64_t total() const {
    return weights + gradients + optimizer + graph.arena_bytes + graph.workspace_bytes;
  }
};

// Of training `graph` on `ranks` ranks with batches of the config's size.
RankMemory MeasureRank(const Config& config, int ranks, const Graph& graph);

// What a process takes beside its ranks, roughly: code of the program and its libraries, which is
// most of it, their tables, and the code that convolutions generate.
// tests/tools/summary_command_test.cc holds it to trainings.
constexpr int64_t kProgramBytes = 30'000'000;

// Bytes that a rank of `local_ranks` on this host may use: training.memory_limit_mib, or its share
// of the memory that is available now.
int64_t MemoryLimit(const TrainingConfig& training, int local_ranks);

// Lets `graph` compute outputs again as training.recompute says; with AUTO, until a rank needs at
// most `limit_bytes`. Allocates nothing. REQUIRES: the graph has not allocated either. Errors:
// OutOfMemoryError if AUTO cannot make it fit.
Status FitMemory(const Config& config, int ranks, int64_t limit_bytes, Graph* graph);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_FIT_MEMORY_H_
