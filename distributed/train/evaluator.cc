#include "distributed/train/evaluator.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string>

#include "distributed/train/step_log.h"

namespace lockstep {

Evaluator::Evaluator(Graph* graph, const Dataset* data, Communicator* communicator,
                     int64_t chunk_rows)
    : graph_(graph),
      data_(data),
      communicator_(communicator),
      chunk_rows_(chunk_rows),
      buffer_(data, chunk_rows),
      ids_(static_cast<size_t>(data->size)) {
  std::iota(ids_.begin(), ids_.end(), 0u);
}

StatusOr<LossSums> Evaluator::Run(const float* weights) {
  const int64_t chunks = (data_->size + chunk_rows_ - 1) / chunk_rows_;
  const int64_t ranks = communicator_->size();
  std::string mine;
  for (int64_t chunk = communicator_->rank(); chunk < chunks; chunk += ranks) {
    const int64_t begin = chunk * chunk_rows_;
    const int64_t rows = std::min(chunk_rows_, data_->size - begin);
    const Batch& batch = buffer_.Gather(
        std::span(ids_).subspan(static_cast<size_t>(begin), static_cast<size_t>(rows)));
    const PassInfo pass = {.same_weights = chunk != communicator_->rank()};
    const LossSums sums = graph_->Forward(pass, batch, weights, rows, nullptr);
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

std::vector<float> Evaluator::Predict(const float* weights, std::span<const uint32_t> ids) {
  const size_t outputs = static_cast<size_t>(graph_->outputs());
  std::vector<float> predictions(ids.size() * outputs);
  for (size_t begin = 0; begin < ids.size(); begin += static_cast<size_t>(chunk_rows_)) {
    const size_t rows = std::min(static_cast<size_t>(chunk_rows_), ids.size() - begin);
    const Batch& batch = buffer_.Gather(ids.subspan(begin, rows));
    graph_->Forward({.same_weights = begin > 0, .predict_only = true}, batch, weights, batch.rows,
                    predictions.data() + begin * outputs);
  }
  return predictions;
}

}  // namespace lockstep
