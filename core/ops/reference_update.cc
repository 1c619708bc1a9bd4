#include "core/ops/reference_update.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstdint>

#include "core/ops/element.h"

namespace lockstep {
namespace {

// One element's state in double.
struct Element {
  double w = 0, g = 0, slot_0 = 0, slot_1 = 0;
};

// Keeps 0 / 0 out of elements whose gradient was always 0, padding among them, if epsilon is 0.
double Divisor(double x) { return std::max(x, static_cast<double>(FLT_MIN)); }

void Sgd(const UpdateSpec& spec, Element* e) {
  const double step = static_cast<double>(spec.learning_rate) * e->g;
  e->slot_0 = spec.momentum * e->slot_0 - step;
  e->w += spec.nesterov ? spec.momentum * e->slot_0 - step : e->slot_0;
}

void Rmsprop(const UpdateSpec& spec, Element* e) {
  e->slot_0 = spec.rho * e->slot_0 + OneMinus(spec.rho) * e->g * e->g;
  const double step = spec.learning_rate * e->g / std::sqrt(Divisor(e->slot_0 + spec.epsilon));
  e->slot_1 = spec.momentum * e->slot_1 + step;
  e->w -= e->slot_1;
}

void Adam(const UpdateSpec& spec, Element* e) {
  e->slot_0 += (e->g - e->slot_0) * OneMinus(spec.beta_1);
  e->slot_1 += (e->g * e->g - e->slot_1) * OneMinus(spec.beta_2);
  e->w -= spec.learning_rate * e->slot_0 / Divisor(std::sqrt(e->slot_1) + spec.epsilon);
}

}  // namespace

void ReferenceUpdate(const UpdateSpec& spec, const UpdateBuffers& buffers) {
  for (int64_t i = 0; i < buffers.elems; ++i) {
    const uint8_t group = buffers.block_groups[i / 64];
    Element e;
    e.w = buffers.weights[i];
    e.g = static_cast<double>(buffers.gradients[i]) * spec.gradient_scale + spec.l2[group] * e.w;
    e.w -= spec.decay[group] * e.w;
    if (buffers.slot_0 != nullptr) e.slot_0 = buffers.slot_0[i];
    if (buffers.slot_1 != nullptr) e.slot_1 = buffers.slot_1[i];
    switch (spec.kind) {
      case UpdateKind::kSgd:
        Sgd(spec, &e);
        break;
      case UpdateKind::kRmsprop:
        Rmsprop(spec, &e);
        break;
      case UpdateKind::kAdam:
        Adam(spec, &e);
        break;
    }
    buffers.weights[i] = static_cast<float>(e.w);
    if (buffers.slot_0 != nullptr) buffers.slot_0[i] = static_cast<float>(e.slot_0);
    if (buffers.slot_1 != nullptr) buffers.slot_1[i] = static_cast<float>(e.slot_1);
  }
}

}  // namespace lockstep
