// Element functions of the oracle, in double.
#ifndef LOCKSTEP_CORE_OPS_REFERENCE_ACTIVATION_H_
#define LOCKSTEP_CORE_OPS_REFERENCE_ACTIVATION_H_

#include <cmath>

#include "core/ops/element.h"
#include "core/ops/specs.h"

namespace lockstep::reference {

inline double Activation(ActivationKind kind, double x) {
  switch (kind) {
    case ActivationKind::kLinear:
    case ActivationKind::kSoftmax:
      return x;
    case ActivationKind::kRelu:
      return x > 0 ? x : (x <= 0 ? 0 : x);  // NaN stays NaN
    case ActivationKind::kSigmoid:
      return Sigmoid(x);
    case ActivationKind::kTanh:
      return std::tanh(x);
    case ActivationKind::kGelu:
      return Gelu(x);
  }
  return x;
}

inline double Slope(ActivationKind kind, double x, double y) {
  switch (kind) {
    case ActivationKind::kLinear:
    case ActivationKind::kSoftmax:
      return 1;
    case ActivationKind::kRelu:
      return y > 0 ? 1 : 0;
    case ActivationKind::kSigmoid:
      return y * (1 - y);
    case ActivationKind::kTanh:
      return 1 - y * y;
    case ActivationKind::kGelu:
      return GeluSlope(x);
  }
  return 1;
}

}  // namespace lockstep::reference

#endif  // LOCKSTEP_CORE_OPS_REFERENCE_ACTIVATION_H_
