// One element of an optimizer step, for every device: the formulas of proto/config.proto once.
//
// V is what is updated at a time: double in the oracle, a vector of floats on the CPU, a float on
// GPUs. Math says how V takes roots and quotients: Root(x) = sqrt(x), Quotient(a, b) = a / b and
// OverRoot(a, x) = a / sqrt(x), for x >= 0 and b > 0; the CPU has faster ones than the compiler's.
#ifndef LOCKSTEP_CORE_OPS_UPDATE_ELEMENT_H_
#define LOCKSTEP_CORE_OPS_UPDATE_ELEMENT_H_

#include <cmath>

#include "core/base/host_device.h"
#include "core/ops/element.h"
#include "core/ops/specs.h"

namespace lockstep {

// What all elements of a step share.
struct UpdateScalars {
  float learning_rate = 0, momentum = 0, epsilon = 0, rho = 0;
  float keep_1 = 0, keep_2 = 0;  // 1 - rho or 1 - beta_1; 1 - beta_2
  bool nesterov = false;
};

inline UpdateScalars ScalarsOf(const UpdateSpec& spec) {
  return {spec.learning_rate,
          spec.momentum,
          spec.epsilon,
          spec.rho,
          OneMinus(spec.kind == UpdateKind::kRmsprop ? spec.rho : spec.beta_1),
          OneMinus(spec.beta_2),
          spec.nesterov};
}

// The compiler's own arithmetic.
struct PlainMath {
  template <typename V>
  static LOCKSTEP_ELEMENT V Root(V x) {
    return std::sqrt(x);
  }
  template <typename V>
  static LOCKSTEP_ELEMENT V Quotient(V a, V b) {
    return a / b;
  }
  template <typename V>
  static LOCKSTEP_ELEMENT V OverRoot(V a, V x) {
    return a / std::sqrt(x);
  }
};

// Updates weight and slots by the gradient g, which has scale and L2 in it. Without kMomentum the
// slot of the momentum is left alone.
template <typename Math, UpdateKind kKind, bool kMomentum, typename V>
LOCKSTEP_ELEMENT void UpdateElement(const UpdateScalars& s, V g, V* w, V* slot_0, V* slot_1) {
  if constexpr (kKind == UpdateKind::kAdam) {
    *slot_0 += (g - *slot_0) * s.keep_1;
    *slot_1 += (g * g - *slot_1) * s.keep_2;
    *w -= Math::Quotient(s.learning_rate * *slot_0, Math::Root(*slot_1) + s.epsilon);
  } else if constexpr (kKind == UpdateKind::kRmsprop) {
    *slot_0 = s.rho * *slot_0 + s.keep_1 * (g * g);
    V change = Math::OverRoot(s.learning_rate * g, *slot_0 + s.epsilon);
    if constexpr (kMomentum) {
      change += s.momentum * *slot_1;
      *slot_1 = change;
    }
    *w -= change;
  } else if constexpr (kMomentum) {
    const V change = s.learning_rate * g;
    *slot_0 = s.momentum * *slot_0 - change;
    *w += s.nesterov ? s.momentum * *slot_0 - change : *slot_0;
  } else {
    *w -= s.learning_rate * g;
  }
}

// Calls run.operator()<kind, whether it has a momentum>().
template <typename Run>
inline __attribute__((always_inline)) void ForUpdateKind(const UpdateSpec& spec, const Run& run) {
  const bool momentum = spec.momentum != 0;
  switch (spec.kind) {
    case UpdateKind::kAdam:
      return run.template operator()<UpdateKind::kAdam, false>();
    case UpdateKind::kRmsprop:
      return momentum ? run.template operator()<UpdateKind::kRmsprop, true>()
                      : run.template operator()<UpdateKind::kRmsprop, false>();
    case UpdateKind::kSgd:
      return momentum ? run.template operator()<UpdateKind::kSgd, true>()
                      : run.template operator()<UpdateKind::kSgd, false>();
  }
}

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_UPDATE_ELEMENT_H_
