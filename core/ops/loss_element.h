// What one output or one sample brings to a loss and its metrics, for every device.
#ifndef LOCKSTEP_CORE_OPS_LOSS_ELEMENT_H_
#define LOCKSTEP_CORE_OPS_LOSS_ELEMENT_H_

#include <cmath>
#include <cstdint>

#include "core/base/host_device.h"
#include "core/ops/element.h"
#include "core/ops/specs.h"

namespace lockstep {

// One output of a sample: what is predicted, and the loss and its gradient before they are divided
// by outputs and samples. `error` is the prediction less the target.
template <typename T>
struct OutputTerms {
  T prediction = 0, loss = 0, gradient = 0, error = 0;
};

// A logit whose sample is of class `label`, 0 or 1.
template <typename T>
LOCKSTEP_ELEMENT OutputTerms<T> BinaryTerms(T logit, int32_t label) {
  const T t = static_cast<T>(label), p = Sigmoid(logit);
  const T loss = (logit > T(0) ? logit : T(0)) - logit * t + std::log1p(std::exp(-std::abs(logit)));
  return {p, loss, p - t, p - t};
}

// Binary accuracy, in float32 as predictions are stored: 0.5 exactly is class 0.
LOCKSTEP_ELEMENT bool IsBinaryCorrect(float prediction, int32_t label) {
  return (prediction > 0.5f) == (label == 1);
}

// An output of kMeanSquaredError or kMeanAbsoluteError.
LOCKSTEP_ELEMENT OutputTerms<double> RegressionTerms(LossKind kind, float output, float target) {
  const double error = static_cast<double>(output) - target;
  const double sign = error > 0 ? 1 : (error < 0 ? -1 : 0);
  if (kind == LossKind::kMeanSquaredError) return {output, error * error, 2 * error, error};
  return {output, std::abs(error), sign, error};
}

// Regression accuracy with one output: the target is its own class.
LOCKSTEP_ELEMENT bool IsOwnClass(float output, float target) {
  return target == (output > 0.5f ? 1.0f : 0.0f);
}

// Whether output j of a sample comes before its label's in the order of outputs: a larger one does,
// and of equals the first. The label is predicted where none does.
LOCKSTEP_ELEMENT bool ComesBefore(const float* outputs, int64_t j, int64_t label) {
  return outputs[j] > outputs[label] || (outputs[j] == outputs[label] && j < label);
}

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_LOSS_ELEMENT_H_
