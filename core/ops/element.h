// Element functions: one definition for every device, plain arithmetic only, so that CPU tests
// cover what a GPU kernel computes per element.
#ifndef LOCKSTEP_CORE_OPS_ELEMENT_H_
#define LOCKSTEP_CORE_OPS_ELEMENT_H_

#include <cmath>
#include <cstdint>

#include "core/base/rng.h"

namespace lockstep {

// The stream of one sample's dropout mask: keyed by layer, step and sample, so that it depends on
// neither rank nor batch split, and a sample that comes again in a later epoch gets a new mask.
// Element j is kept if Uniform(key, j) >= rate.
inline RandomKey DropoutKey(uint64_t seed, uint32_t layer, uint64_t step, uint32_t sample_id) {
  return {seed, RandomUse::kDropout, layer & 0xFFFFFF, (step << 32) ^ sample_id};
}

// Keras' GELU: exact, with erf. kInvSqrt2 = 1/sqrt(2), kInvSqrt2Pi = 1/sqrt(2 pi).
inline constexpr double kInvSqrt2 = 0.70710678118654752440;
inline constexpr double kInvSqrt2Pi = 0.39894228040143267794;

template <typename T>
inline T Gelu(T x) {
  return T(0.5) * x * (T(1) + std::erf(x * T(kInvSqrt2)));
}

template <typename T>
inline T GeluSlope(T x) {
  const T cdf = T(0.5) * (T(1) + std::erf(x * T(kInvSqrt2)));
  return cdf + x * T(kInvSqrt2Pi) * std::exp(T(-0.5) * x * x);
}

// 1 - rate as Keras has it: rounded once from the decimal number the user wrote, not from its float
// (1 - 0.999f is 4.7e-5 off 0.001). A rate of up to seven decimals is recovered from its float.
inline float OneMinus(float rate) {
  const double decimal = std::round(static_cast<double>(rate) * 1e7) / 1e7;
  return static_cast<float>(1.0 - (static_cast<float>(decimal) == rate ? decimal : rate));
}

template <typename T>
inline T Sigmoid(T x) {
  if (x >= T(0)) return T(1) / (T(1) + std::exp(-x));
  const T e = std::exp(x);
  return e / (T(1) + e);
}

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_ELEMENT_H_
