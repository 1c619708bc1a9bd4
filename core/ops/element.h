// Element functions: one definition for every device, plain arithmetic only, so that CPU tests
// cover what a GPU kernel computes per element. The oracle takes them in double.
#ifndef LOCKSTEP_CORE_OPS_ELEMENT_H_
#define LOCKSTEP_CORE_OPS_ELEMENT_H_

#include <cmath>
#include <cstdint>

#include "core/base/host_device.h"
#include "core/base/rng.h"
#include "core/ops/specs.h"

namespace lockstep {

// The stream of one sample's dropout mask: keyed by layer, step and sample, so that it depends on
// neither rank nor batch split, and a sample that comes again in a later epoch gets a new mask.
// Element j is kept if Uniform(key, j) >= rate.
LOCKSTEP_ELEMENT RandomKey DropoutKey(uint64_t seed, uint32_t layer, uint64_t step,
                                      uint32_t sample_id) {
  return {seed, RandomUse::kDropout, layer & 0xFFFFFF, (step << 32) ^ sample_id};
}

// One element of dropout and of its gradient; `bits` is the element's number of the stream.
LOCKSTEP_ELEMENT float DroppedOut(float x, uint32_t bits, float rate) {
  return ToUniform(bits) >= rate ? x / (1.0f - rate) : 0.0f;
}

// Keras' GELU: exact, with erf. kInvSqrt2 = 1/sqrt(2), kInvSqrt2Pi = 1/sqrt(2 pi).
inline constexpr double kInvSqrt2 = 0.70710678118654752440;
inline constexpr double kInvSqrt2Pi = 0.39894228040143267794;

template <typename T>
LOCKSTEP_ELEMENT T Gelu(T x) {
  return T(0.5) * x * (T(1) + std::erf(x * T(kInvSqrt2)));
}

template <typename T>
LOCKSTEP_ELEMENT T GeluSlope(T x) {
  const T cdf = T(0.5) * (T(1) + std::erf(x * T(kInvSqrt2)));
  return cdf + x * T(kInvSqrt2Pi) * std::exp(T(-0.5) * x * x);
}

template <typename T>
LOCKSTEP_ELEMENT T Sigmoid(T x) {
  if (x >= T(0)) return T(1) / (T(1) + std::exp(-x));
  const T e = std::exp(x);
  return e / (T(1) + e);
}

// f(x) of every kind but kSoftmax, which works over a row and is x here.
template <typename T>
LOCKSTEP_ELEMENT T Activated(ActivationKind kind, T x) {
  switch (kind) {
    case ActivationKind::kRelu:
      return x <= T(0) ? T(0) : x;  // NaN stays NaN
    case ActivationKind::kSigmoid:
      return Sigmoid(x);
    case ActivationKind::kTanh:
      return std::tanh(x);
    case ActivationKind::kGelu:
      return Gelu(x);
    case ActivationKind::kLinear:
    case ActivationKind::kSoftmax:
      return x;
  }
  return x;
}

// dy times the slope, of every kind but kSoftmax: from x for kGelu, from y for the others.
template <typename T>
LOCKSTEP_ELEMENT T ActivationGradient(ActivationKind kind, T x, T y, T dy) {
  switch (kind) {
    case ActivationKind::kRelu:
      return y > T(0) ? dy : T(0);
    case ActivationKind::kSigmoid:
      return dy * y * (T(1) - y);
    case ActivationKind::kTanh:
      return dy * (T(1) - y * y);
    case ActivationKind::kGelu:
      return dy * GeluSlope(x);
    case ActivationKind::kLinear:
    case ActivationKind::kSoftmax:
      return dy;
  }
  return dy;
}

// 1 - rate as Keras has it: rounded once from the decimal number the user wrote, not from its float
// (1 - 0.999f is 4.7e-5 off 0.001). A rate of up to seven decimals is recovered from its float.
inline float OneMinus(float rate) {
  const double decimal = std::round(static_cast<double>(rate) * 1e7) / 1e7;
  return static_cast<float>(1.0 - (static_cast<float>(decimal) == rate ? decimal : rate));
}

// y's next value; `rest` is OneMinus(momentum).
template <typename T>
LOCKSTEP_ELEMENT T MovingAverageOf(T y, T x, float momentum, float rest) {
  return y * T(momentum) + x * T(rest);
}

// A byte as a network takes it.
LOCKSTEP_ELEMENT float ScaledByte(uint8_t x, float divide_by, float mean, float std) {
  return (static_cast<float>(x) / divide_by - mean) / std;
}

// scale^-beta of local response normalisation; AlexNet's 3/4 and Keras' 1/2 by roots, which cost
// less than a power.
template <typename T>
LOCKSTEP_ELEMENT T InversePower(T scale, float beta) {
  if (beta == 0.75f) {
    const T root = std::sqrt(scale);
    return T(1) / (root * std::sqrt(root));
  }
  if (beta == 0.5f) return T(1) / std::sqrt(scale);
  if (beta == 1.0f) return T(1) / scale;
  return std::pow(scale, -T(beta));
}

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_ELEMENT_H_
