// The losses: logits in float32, what is summed over samples in double.
//
// A cross-entropy is the log of a sum of exponentials that is 1 plus something small for a sure
// prediction. Its largest terms are exactly 1 and are counted; the others are summed apart and
// added in double, so the loss keeps its relative precision however small it is. All loops run in
// lanes, in an order that depends on sizes alone.
#include <algorithm>
#include <cmath>

#include "core/ops/cpu_kernels.h"
#include "core/ops/cpu_vector.h"
#include "core/ops/loss_element.h"

namespace lockstep::kernels {
namespace {

typedef double DoubleVector __attribute__((vector_size(128)));

LOCKSTEP_INLINE DoubleVector Wide(Vector v) { return __builtin_convertvector(v, DoubleVector); }

LOCKSTEP_INLINE double Sum(DoubleVector v) {
  for (int64_t half = kLanes / 2; half > 0; half /= 2) {
    for (int64_t i = 0; i < half; ++i) v[i] += v[i + half];
  }
  return v[0];
}

// log(1 + e) for e in [0, 1]: 2 atanh(s), s = e / (2 + e) <= 1/3, by its series; the first term
// left out is below 2^-27 of the sum.
LOCKSTEP_INLINE Vector LogOnePlus(Vector e) {
  const Vector s = e / (2.0f + e), square = s * s;
  Vector p = Broadcast(1.0f / 15);
  p = p * square + 1.0f / 13;
  p = p * square + 1.0f / 11;
  p = p * square + 1.0f / 9;
  p = p * square + 1.0f / 7;
  p = p * square + 1.0f / 5;
  p = p * square + 1.0f / 3;
  return 2.0f * (s + s * (p * square));
}

// `count` <= kLanes samples at once, one logit each.
LOCKSTEP_INLINE void BinaryLanes(const LossBatch& batch, int64_t first, int64_t count,
                                 LossSums* sums) {
  const Vector x = LoadPart(batch.output.data + first, count, 0.0f);
  IntVector label = {};
  for (int64_t i = 0; i < count; ++i) label[i] = batch.labels[first + i];
  const Vector t = __builtin_convertvector(label, Vector);
  const Vector magnitude = Absolute(x), e = Exp(-magnitude);
  const Vector p = Select(IsNegative(Bits(x)), e, Broadcast(1.0f)) / (1.0f + e);
  Vector loss = ReluOf(x) - x * t + LogOnePlus(e);
  Vector error = p - t;
  IntVector correct = ~(Less(Broadcast(0.5f), p) ^ Equal(label, IntVector{} + 1));
  if (batch.predictions != nullptr) StorePart(p, batch.predictions + first, count);
  if (batch.doutput != nullptr) {
    StorePart(batch.weight * error / static_cast<float>(batch.batch_samples),
              batch.doutput + first, count);
  }
  for (int64_t i = count; i < kLanes; ++i) loss[i] = error[i] = 0, correct[i] = 0;
  sums->loss += Sum(Wide(loss));
  sums->correct += static_cast<double>(Count(correct));
  sums->absolute_error += Sum(Wide(Absolute(error)));
  sums->squared_error += Sum(Wide(error * error));
}

// The logits of a sample from j on; lanes beyond the last are -infinity, whose exponential is 0.
LOCKSTEP_INLINE Vector Logits(const float* x, int64_t j, int64_t cols) {
  if (j + kLanes <= cols) return Load(x + j);
  return LoadPart(x + j, cols - j, -__builtin_inff());
}

struct SampleScale {
  float largest = 0;
  double total = 0;   // of exp(x_j - largest)
  int64_t above = 0;  // logits larger than the label's
  Vector first = {};  // exp(x_j - largest) of the first lanes
};

LOCKSTEP_INLINE SampleScale ScaleOf(const float* x, float label_logit, int64_t cols) {
  SampleScale scale;
  Vector largest = Logits(x, 0, cols);
  for (int64_t j = kLanes; j < cols; j += kLanes) largest = Larger(Logits(x, j, cols), largest);
  scale.largest = LargestLane(largest);
  Vector rest = {};  // of the terms below 1
  IntVector ones = {}, above = {};
  for (int64_t j = 0; j < cols; j += kLanes) {
    const Vector logits = Logits(x, j, cols);
    const Vector distance = logits - scale.largest;
    const IntVector is_one = Equal(Bits(Absolute(distance)), IntVector{});
    const Vector e = Exp(distance);
    if (j == 0) scale.first = e;
    rest += Select(is_one, Vector{}, e);
    ones += is_one;
    above += Less(Broadcast(label_logit), logits);
  }
  scale.total = static_cast<double>(Count(ones)) + SumOfLanes(rest);
  scale.above = Count(above);
  return scale;
}

// Whether the label's logit is the first of the largest ones.
LOCKSTEP_INLINE bool IsFirstLargest(const float* x, int32_t label, const SampleScale& scale) {
  if (scale.above > 0 || !(x[label] == scale.largest)) return false;
  for (int32_t j = 0; j < label; ++j) {
    if (x[j] == x[label]) return false;
  }
  return true;
}

// What is kept over all samples: errors lane by lane.
struct CategoricalLanes {
  DoubleVector absolute = {}, squared = {};
  float slope = 1;  // of the loss by a logit, for an error of 1
};

LOCKSTEP_INLINE void CategoricalSample(const LossBatch& batch, int64_t row, LossSums* sums,
                                       CategoricalLanes* lanes) {
  constexpr IntVector kLane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const int64_t cols = batch.output.cols;
  const float* x = batch.output.data + row * cols;
  const int32_t label = batch.labels[row];
  const SampleScale scale = ScaleOf(x, x[label], cols);
  sums->loss += std::log(scale.total) + (static_cast<double>(scale.largest) - x[label]);
  sums->correct += IsFirstLargest(x, label, scale) ? 1 : 0;
  sums->top_5_correct += scale.above < 5 ? 1 : 0;
  const float inverse_total = static_cast<float>(1 / scale.total);
  for (int64_t j = 0; j < cols; j += kLanes) {
    const int64_t count = std::min(kLanes, cols - j);
    const Vector e = j == 0 ? scale.first : Exp(Logits(x, j, cols) - scale.largest);
    const Vector p = e * inverse_total;
    const IntVector is_label = Equal(kLane, IntVector{} + (label - static_cast<int32_t>(j)));
    const Vector error = Select(is_label, p - 1.0f, p);
    lanes->absolute += Wide(Absolute(error));
    lanes->squared += Wide(error * error);
    const int64_t at = row * cols + j;
    if (batch.predictions != nullptr) StorePart(p, batch.predictions + at, count);
    if (batch.doutput == nullptr) continue;
    StorePart(error * lanes->slope, batch.doutput + at, count);
  }
}

LOCKSTEP_INLINE void CategoricalSamples(const LossBatch& batch, LossSums* sums) {
  CategoricalLanes lanes;
  lanes.slope = static_cast<float>(static_cast<double>(batch.weight) /
                                   static_cast<double>(batch.batch_samples));
  for (int64_t row = 0; row < batch.output.rows; ++row) {
    CategoricalSample(batch, row, sums, &lanes);
  }
  sums->absolute_error = Sum(lanes.absolute) / static_cast<double>(batch.output.cols);
  sums->squared_error = Sum(lanes.squared) / static_cast<double>(batch.output.cols);
}

// Accuracy and top 5 of targets: with one output the target is its own class, with several the
// first of the largest targets is the label.
LOCKSTEP_INLINE void CountCorrect(const float* x, const float* t, int64_t cols, LossSums* sums) {
  if (cols == 1) {
    sums->correct += IsOwnClass(x[0], t[0]) ? 1 : 0;
    sums->top_5_correct += 1;
    return;
  }
  int64_t label = 0, first = 0, above = 0;
  for (int64_t j = 1; j < cols; ++j) {
    if (t[j] > t[label]) label = j;
    if (x[j] > x[first]) first = j;
  }
  for (int64_t j = 0; j < cols; ++j) above += x[j] > x[label] ? 1 : 0;
  sums->correct += first == label ? 1 : 0;
  sums->top_5_correct += above < 5 ? 1 : 0;
}

// The error of output j of a sample and what d(loss)/d(output) is before the division by the batch.
LOCKSTEP_INLINE void RegressionSample(LossKind kind, const LossBatch& batch, int64_t row,
                                      LossSums* sums) {
  const int64_t cols = batch.output.cols;
  const double outputs = static_cast<double>(cols);
  const double scale = static_cast<double>(batch.weight) /
                       (outputs * static_cast<double>(batch.batch_samples));
  double absolute = 0, squared = 0;
  for (int64_t at = row * cols; at < (row + 1) * cols; ++at) {
    const OutputTerms<double> terms =
        RegressionTerms(kind, batch.output.data[at], batch.targets[at]);
    absolute += std::abs(terms.error);
    squared += terms.error * terms.error;
    if (batch.predictions != nullptr) batch.predictions[at] = batch.output.data[at];
    if (batch.doutput == nullptr) continue;
    batch.doutput[at] = static_cast<float>(terms.gradient * scale);
  }
  CountCorrect(batch.output.data + row * cols, batch.targets + row * cols, cols, sums);
  sums->absolute_error += absolute / outputs;
  sums->squared_error += squared / outputs;
  sums->loss += (kind == LossKind::kMeanSquaredError ? squared : absolute) / outputs;
}

}  // namespace

LOCKSTEP_KERNEL LossSums Loss(LossKind kind, const LossBatch& batch) {
  LossSums sums;
  const int64_t rows = batch.output.rows;
  if (kind == LossKind::kBinaryCrossentropy) {
    for (int64_t row = 0; row < rows; row += kLanes) {
      BinaryLanes(batch, row, std::min(kLanes, rows - row), &sums);
    }
    sums.top_5_correct = static_cast<double>(rows);
  } else if (kind == LossKind::kCategoricalCrossentropy) {
    CategoricalSamples(batch, &sums);
  } else {
    for (int64_t row = 0; row < rows; ++row) RegressionSample(kind, batch, row, &sums);
  }
  return sums;
}

LOCKSTEP_KERNEL void Softmax(const float* x, float* y, int64_t rows, int64_t cols) {
  for (int64_t row = 0; row < rows; ++row, x += cols, y += cols) {
    const SampleScale scale = ScaleOf(x, x[0], cols);
    const float inverse_total = static_cast<float>(1 / scale.total);
    for (int64_t j = 0; j < cols; j += kLanes) {
      StorePart(Exp(Logits(x, j, cols) - scale.largest) * inverse_total, y + j,
                std::min(kLanes, cols - j));
    }
  }
}

}  // namespace lockstep::kernels
