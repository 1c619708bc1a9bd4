// Evaluation: loss and metrics of a set, each sample exactly once on any number of ranks.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_EVALUATOR_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_EVALUATOR_H_

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/status.h"
#include "core/data/dataset.h"
#include "core/data/loader.h"
#include "core/nn/graph.h"
#include "distributed/comm/communicator.h"

namespace lockstep {

// One object per rank; one thread at a time. Borrows all that it is given.
class Evaluator {
 public:
  // `chunk_rows` samples go through the graph at a time; the same on every rank and <= the graph's
  // max_rows. `decode_threads`: of a set whose pictures have to be decoded; 0: as DecodeThreads
  // says.
  Evaluator(Graph* graph, const Dataset* data, Communicator* communicator, int64_t chunk_rows,
            uint32_t decode_threads = 0);

  // Collective: sums over all samples. Chunk c is computed by rank c mod size; the chunks' sums are
  // added in order, so the result has the same bits for every number of ranks. Errors: what the
  // communicator or a picture's file gives.
  StatusOr<LossSums> Run(const float* weights);

  // Not collective: predictions [ids.size(), outputs] of the samples at these positions. Errors:
  // what a picture's file gives.
  StatusOr<std::vector<float>> Predict(const float* weights, std::span<const uint32_t> ids);

 private:
  // Those of `ids` that chunk `chunk` holds; empty beyond the end.
  std::span<const uint32_t> Chunk(std::span<const uint32_t> ids, int64_t chunk) const;
  // Every `step`-th chunk of `ids` from `first` on. `ids` must outlive it.
  LoadOrder Chunks(std::span<const uint32_t> ids, int64_t first, int64_t step) const;

  Graph* graph_;
  const Dataset* data_;
  Communicator* communicator_;
  Loader::Options loading_;
  std::vector<uint32_t> ids_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_EVALUATOR_H_
