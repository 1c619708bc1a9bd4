// Element functions over whole arrays, for the CPU's ops and plans.
#ifndef LOCKSTEP_CORE_OPS_CPU_ACTIVATION_H_
#define LOCKSTEP_CORE_OPS_CPU_ACTIVATION_H_

#include <algorithm>
#include <cstdint>

#include "core/ops/cpu_kernels.h"
#include "core/ops/element.h"
#include "core/ops/specs.h"

namespace lockstep {

// y = f(x), for any kind but kSoftmax. x and y may be the same.
inline void ApplyToAll(ActivationKind kind, const float* x, float* y, int64_t elems) {
  if (kind == ActivationKind::kRelu) return kernels::Relu(x, y, elems);
  if (kind == ActivationKind::kLinear) {
    if (x != y) std::copy_n(x, elems, y);
    return;
  }
  for (int64_t i = 0; i < elems; ++i) y[i] = Activated(kind, x[i]);
}

// dx = slope * dy, the slope from y (from x for gelu). dx and dy may be the same.
inline void ApplyGradient(ActivationKind kind, const float* x, const float* y, const float* dy,
                          float* dx, int64_t elems) {
  if (kind == ActivationKind::kRelu) return kernels::ReluGradient(y, dy, dx, elems);
  if (kind == ActivationKind::kLinear) {
    if (dx != dy) std::copy_n(dy, elems, dx);
    return;
  }
  const bool reads_x = kind == ActivationKind::kGelu;
  for (int64_t i = 0; i < elems; ++i) {
    dx[i] = ActivationGradient(kind, reads_x ? x[i] : 0, reads_x ? 0 : y[i], dy[i]);
  }
}

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_CPU_ACTIVATION_H_
