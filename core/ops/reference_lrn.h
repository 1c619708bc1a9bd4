// Naive local response normalisation, in double.
#ifndef LOCKSTEP_CORE_OPS_REFERENCE_LRN_H_
#define LOCKSTEP_CORE_OPS_REFERENCE_LRN_H_

#include "core/device/tensor.h"
#include "core/ops/specs.h"

namespace lockstep {

// Ops::Lrn.
void ReferenceLrn(const LrnSpec& spec, Matrix x, float* scale, Matrix y);
// Ops::LrnGradient.
void ReferenceLrnGradient(const LrnSpec& spec, Matrix x, const float* scale, Matrix y, Matrix dy,
                          Matrix dx);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_REFERENCE_LRN_H_
