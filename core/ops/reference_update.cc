#include "core/ops/reference_update.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstdint>

#include "core/ops/update_element.h"

namespace lockstep {
namespace {

// Keeps 0 / 0 out of elements whose gradient was always 0, padding among them, if epsilon is 0.
struct GuardedMath {
  static double Root(double x) { return std::sqrt(x); }
  static double Quotient(double a, double b) { return a / std::max<double>(b, FLT_MIN); }
  static double OverRoot(double a, double x) { return a / std::sqrt(std::max<double>(x, FLT_MIN)); }
};

template <UpdateKind kKind, bool kMomentum>
void UpdateAll(const UpdateSpec& spec, const UpdateBuffers& buffers) {
  const UpdateScalars scalars = ScalarsOf(spec);
  for (int64_t i = 0; i < buffers.elems; ++i) {
    const uint8_t group = buffers.block_groups[i / 64];
    double w = buffers.weights[i];
    const double g =
        static_cast<double>(buffers.gradients[i]) * spec.gradient_scale + spec.l2[group] * w;
    w -= spec.decay[group] * w;
    double slot_0 = buffers.slot_0 != nullptr ? buffers.slot_0[i] : 0;
    double slot_1 = buffers.slot_1 != nullptr ? buffers.slot_1[i] : 0;
    UpdateElement<GuardedMath, kKind, kMomentum>(scalars, g, &w, &slot_0, &slot_1);
    buffers.weights[i] = static_cast<float>(w);
    if (buffers.slot_0 != nullptr) buffers.slot_0[i] = static_cast<float>(slot_0);
    if (buffers.slot_1 != nullptr) buffers.slot_1[i] = static_cast<float>(slot_1);
  }
}

}  // namespace

void ReferenceUpdate(const UpdateSpec& spec, const UpdateBuffers& buffers) {
  ForUpdateKind(spec, [&]<UpdateKind kKind, bool kMomentum>() {
    UpdateAll<kKind, kMomentum>(spec, buffers);
  });
}

}  // namespace lockstep
