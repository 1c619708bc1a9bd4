#include "distributed/train/replica.h"

#include <algorithm>
#include <utility>

#include "core/base/summation_tree.h"
#include "core/io/weights_file.h"
#include "core/nn/build_graph.h"

namespace lockstep {

int64_t MicrobatchCount(const Config& config, int ranks, int64_t samples) {
  const TrainingConfig& training = config.training();
  const int64_t most = training.has_microbatches() ? training.microbatches() : ranks;
  return std::min(most, samples);
}

int64_t MicrobatchRows(const Config& config, int ranks) {
  const int64_t samples = config.training().batch_size();
  return EvenPart(samples, MicrobatchCount(config, ranks, samples), 0).size();
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
