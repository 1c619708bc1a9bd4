// Kernels in which a block takes one row: softmax and the losses over several outputs; and the sums
// that end a loss or a product (kernel.h).
#ifndef LOCKSTEP_CORE_OPS_CUDA_ROW_KERNELS_H_
#define LOCKSTEP_CORE_OPS_CUDA_ROW_KERNELS_H_

#include <cmath>
#include <cstdint>

#include "core/base/host_device.h"
#include "core/ops/cuda/kernel.h"
#include "core/ops/loss_element.h"
#include "core/ops/specs.h"

namespace lockstep::cuda {

// Where a row's exponentials come from: exp(x_j - largest) / total.
struct RowScale {
  float largest;
  double total;
};

template <typename Block>
LOCKSTEP_ELEMENT RowScale ScaleOfRow(Block& block, const float* row, int64_t cols) {
  const float largest = block.Largest(cols, [&](int64_t j) { return row[j]; });
  const double total =
      block.Sum(cols, [&](int64_t j) { return static_cast<double>(std::exp(row[j] - largest)); });
  return {largest, total};
}

// x and y may be the same: an element is read and written by one thread.
struct SoftmaxKernel {
  using Shared = NothingShared;
  const float* x;
  float* y;
  int64_t cols;

  template <typename Block>
  LOCKSTEP_ELEMENT void operator()(Block& block, Shared* /*shared*/) const {
    const float* row = x + block.index() * cols;
    float* to = y + block.index() * cols;
    const RowScale scale = ScaleOfRow(block, row, cols);
    const float inverse_total = static_cast<float>(1 / scale.total);
    block.ForEach(cols,
                  [&](int64_t j) { to[j] = std::exp(row[j] - scale.largest) * inverse_total; });
  }
};

struct SoftmaxGradientKernel {
  using Shared = NothingShared;
  const float* y;
  const float* dy;
  float* dx;
  int64_t cols;

  template <typename Block>
  LOCKSTEP_ELEMENT void operator()(Block& block, Shared* /*shared*/) const {
    const int64_t at = block.index() * cols;
    const double dot =
        block.Sum(cols, [&](int64_t j) { return static_cast<double>(dy[at + j]) * y[at + j]; });
    block.ForEach(
        cols, [&](int64_t j) { dx[at + j] = y[at + j] * (dy[at + j] - static_cast<float>(dot)); });
  }
};

// Binary cross-entropy: one index is one sample.
struct BinaryLossKernel {
  LossBatch batch;
  LossSums* rows;  // of each sample

  template <typename I>
  LOCKSTEP_ELEMENT void operator()(I i) const {
    const int32_t label = batch.labels[i];
    const OutputTerms<float> terms = BinaryTerms(batch.output.data[i], label);
    if (batch.predictions != nullptr) batch.predictions[i] = terms.prediction;
    if (batch.doutput != nullptr) {
      batch.doutput[i] = batch.weight * terms.gradient / static_cast<float>(batch.batch_samples);
    }
    const double error = terms.error;
    rows[i] = {terms.loss, IsBinaryCorrect(terms.prediction, label) ? 1.0 : 0.0, 1, std::abs(error),
               error * error};
  }
};

// Categorical cross-entropy of logits: a block takes one sample.
struct CategoricalLossKernel {
  using Shared = NothingShared;
  LossBatch batch;
  float slope;  // of the loss by a logit, for an error of 1
  LossSums* rows;

  template <typename Block>
  LOCKSTEP_ELEMENT void operator()(Block& block, Shared* /*shared*/) const {
    const int64_t cols = batch.output.cols, at = block.index() * cols;
    const float* row = batch.output.data + at;
    const int64_t label = batch.labels[block.index()];
    const RowScale scale = ScaleOfRow(block, row, cols);
    const float inverse_total = static_cast<float>(1 / scale.total);
    const auto error_of = [&](int64_t j) {
      return std::exp(row[j] - scale.largest) * inverse_total - (j == label ? 1.0f : 0.0f);
    };
    block.ForEach(cols, [&](int64_t j) {
      const float error = error_of(j);
      if (batch.doutput != nullptr) batch.doutput[at + j] = error * slope;
      if (batch.predictions == nullptr) return;
      batch.predictions[at + j] = std::exp(row[j] - scale.largest) * inverse_total;
    });
    LossSums sums;
    sums.loss = std::log(scale.total) + (static_cast<double>(scale.largest) - row[label]);
    CountCorrect(block, row, label, cols, &sums);
    const double outputs = static_cast<double>(cols);
    sums.absolute_error = block.Sum(cols, [&](int64_t j) {
      return std::abs(static_cast<double>(error_of(j)));
    }) / outputs;
    sums.squared_error = block.Sum(cols, [&](int64_t j) {
      const double error = error_of(j);
      return error * error;
    }) / outputs;
    block.ForFirst([&] { rows[block.index()] = sums; });
  }

  // Accuracy and top 5 of a row whose class is `label`.
  template <typename Block>
  static LOCKSTEP_ELEMENT void CountCorrect(Block& block, const float* row, int64_t label,
                                            int64_t cols, LossSums* sums) {
    const double before =
        block.Sum(cols, [&](int64_t j) { return ComesBefore(row, j, label) ? 1.0 : 0.0; });
    const double above =
        block.Sum(cols, [&](int64_t j) { return row[j] > row[label] ? 1.0 : 0.0; });
    sums->correct = before == 0 && row[label] == row[label] ? 1 : 0;
    sums->top_5_correct = above < 5 ? 1 : 0;
  }
};

// Squared and absolute errors: a block takes one sample.
struct RegressionLossKernel {
  using Shared = NothingShared;
  LossKind kind;
  LossBatch batch;
  double scale;  // weight / (outputs * samples of the batch)
  LossSums* rows;

  template <typename Block>
  LOCKSTEP_ELEMENT void operator()(Block& block, Shared* /*shared*/) const {
    const int64_t cols = batch.output.cols, at = block.index() * cols;
    const float* row = batch.output.data + at;
    const float* targets = batch.targets + at;
    const auto terms_of = [&](int64_t j) { return RegressionTerms(kind, row[j], targets[j]); };
    block.ForEach(cols, [&](int64_t j) {
      if (batch.predictions != nullptr) batch.predictions[at + j] = row[j];
      if (batch.doutput == nullptr) return;
      batch.doutput[at + j] = static_cast<float>(terms_of(j).gradient * scale);
    });
    const double outputs = static_cast<double>(cols);
    LossSums sums;
    sums.absolute_error =
        block.Sum(cols, [&](int64_t j) { return std::abs(terms_of(j).error); }) / outputs;
    sums.squared_error = block.Sum(cols, [&](int64_t j) {
      const double error = terms_of(j).error;
      return error * error;
    }) / outputs;
    sums.loss = kind == LossKind::kMeanSquaredError ? sums.squared_error : sums.absolute_error;
    if (cols == 1) {
      sums.correct = IsOwnClass(row[0], targets[0]) ? 1 : 0;
      sums.top_5_correct = 1;
    } else {
      CategoricalLossKernel::CountCorrect(block, row, FirstLargest(targets, cols), cols, &sums);
    }
    block.ForFirst([&] { rows[block.index()] = sums; });
  }

  // The class that targets say. Every thread looks for itself: few losses ask for it.
  static LOCKSTEP_ELEMENT int64_t FirstLargest(const float* x, int64_t cols) {
    int64_t first = 0;
    for (int64_t j = 1; j < cols; ++j) first = x[j] > x[first] ? j : first;
    return first;
  }
};

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_CORE_OPS_CUDA_ROW_KERNELS_H_
