// The naive losses of reference_ops.
#ifndef LOCKSTEP_CORE_OPS_REFERENCE_LOSS_H_
#define LOCKSTEP_CORE_OPS_REFERENCE_LOSS_H_

#include "core/ops/specs.h"

namespace lockstep {

// Ops::Loss in double, rounded once where float32 is stored.
LossSums ReferenceLoss(LossKind kind, const LossBatch& batch);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_REFERENCE_LOSS_H_
