#include "distributed/train/evaluator.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string>
#include <utility>

#include "distributed/train/decode_threads.h"
#include "distributed/train/step_log.h"

namespace lockstep {

Evaluator::Evaluator(Graph* graph, const Dataset* data, Communicator* communicator,
                     int64_t chunk_rows, uint32_t decode_threads)
    : graph_(graph),
      data_(data),
      communicator_(communicator),
      loading_{.max_rows = chunk_rows, .threads = DecodeThreads(decode_threads, *communicator)},
      ids_(static_cast<size_t>(data->size)) {
  std::iota(ids_.begin(), ids_.end(), 0u);
}

std::span<const uint32_t> Evaluator::Chunk(std::span<const uint32_t> ids, int64_t chunk) const {
  const size_t rows = static_cast<size_t>(loading_.max_rows);
  const size_t begin = std::min(static_cast<size_t>(chunk) * rows, ids.size());
  return ids.subspan(begin, std::min(rows, ids.size() - begin));
}

LoadOrder Evaluator::Chunks(std::span<const uint32_t> ids, int64_t first, int64_t step) const {
  return [this, ids, chunk = first, step](LoadRequest* request) mutable {
    request->ids = Chunk(ids, std::exchange(chunk, chunk + step));
    return !request->ids.empty();
  };
}

StatusOr<LossSums> Evaluator::Run(const float* weights) {
  const int64_t ranks = communicator_->size(), rank = communicator_->rank();
  const int64_t chunks = (data_->size + loading_.max_rows - 1) / loading_.max_rows;
  Loader loader(data_, loading_, Chunks(ids_, rank, ranks));
  std::string mine;
  for (int64_t chunk = rank; chunk < chunks; chunk += ranks) {
    LOCKSTEP_ASSIGN_OR_RETURN(const Batch* batch, loader.Next(Chunk(ids_, chunk)));
    const PassInfo pass = {.same_weights = chunk != rank};
    const LossSums sums = graph_->Forward(pass, *batch, weights, batch->rows, nullptr);
    mine.append(reinterpret_cast<const char*>(&sums), sizeof(sums));
  }
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<std::string> all, communicator_->AllGather(mine));
  LossSums total;
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    LossSums sums;
    std::memcpy(&sums,
                all[static_cast<size_t>(chunk % ranks)].data() +
                    static_cast<size_t>(chunk / ranks) * sizeof(sums),
                sizeof(sums));
    AddSums(sums, &total);
  }
  return total;
}

StatusOr<std::vector<float>> Evaluator::Predict(const float* weights,
                                                std::span<const uint32_t> ids) {
  const size_t outputs = static_cast<size_t>(graph_->outputs());
  std::vector<float> predictions(ids.size() * outputs);
  Loader loader(data_, loading_, Chunks(ids, 0, 1));
  float* out = predictions.data();
  for (int64_t chunk = 0; !Chunk(ids, chunk).empty(); ++chunk) {
    LOCKSTEP_ASSIGN_OR_RETURN(const Batch* batch, loader.Next(Chunk(ids, chunk)));
    graph_->Forward({.same_weights = chunk > 0, .predict_only = true}, *batch, weights,
                    batch->rows, out);
    out += static_cast<size_t>(batch->rows) * outputs;
  }
  return predictions;
}

}  // namespace lockstep
