#include "distributed/train/replica.h"

#include <utility>

#include "core/io/weights_file.h"
#include "core/nn/build_graph.h"

namespace lockstep {

int64_t MicrobatchCount(const Config& config, int ranks) {
  return config.training().has_microbatches() ? config.training().microbatches() : ranks;
}

int64_t MicrobatchRows(const Config& config, int ranks) {
  const int64_t parts = MicrobatchCount(config, ranks);
  return (int64_t{config.training().batch_size()} + parts - 1) / parts;
}

StatusOr<Replica> MakeReplica(const Config& config, const SampleFormat& format, int64_t max_rows) {
  Replica replica;
  replica.ops = MakeCpuOps();
  LOCKSTEP_ASSIGN_OR_RETURN(replica.graph,
                            BuildGraph(config, format, replica.ops.get(), max_rows));
  const ParameterLayout& layout = replica.graph->layout();
  replica.weights = Buffer<float>(static_cast<size_t>(layout.size_elems()));
  if (config.training().has_initial_weights()) {
    LOCKSTEP_RETURN_IF_ERROR(
        ReadWeights(config.training().initial_weights(), layout, replica.weights.data()));
  } else {
    replica.graph->InitialWeights(config.seed(), replica.weights.data());
  }
  return replica;
}

}  // namespace lockstep
