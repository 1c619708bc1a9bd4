// Replica: one rank's copy of the model: its ops, its graph and its weights.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_REPLICA_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_REPLICA_H_

#include <cstdint>
#include <memory>

#include "core/base/status.h"
#include "core/data/dataset.h"
#include "core/device/buffer.h"
#include "core/nn/graph.h"
#include "core/ops/ops.h"
#include "proto/config.pb.h"

namespace lockstep {

// Move-only; one thread at a time.
struct Replica {
  std::unique_ptr<Ops> ops;
  std::unique_ptr<Graph> graph;  // borrows ops
  Buffer<float> weights;         // in graph->layout()'s places
};

// The number of micro-batches of a batch of `samples` on `ranks` ranks: the config's, or one per
// rank; but no more than samples, so that none is empty.
int64_t MicrobatchCount(const Config& config, int ranks, int64_t samples);

// The samples of the largest micro-batch of the config on `ranks` ranks.
int64_t MicrobatchRows(const Config& config, int ranks);

// Builds the config's model for samples of `format`, with the initial weights that the config names
// (its seed's, or a file's). Errors: UsageError for a model that cannot be, what the file's reader
// says.
StatusOr<Replica> MakeReplica(const Config& config, const SampleFormat& format, int64_t max_rows);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_REPLICA_H_
