// Naive batch normalisation, in double.
#ifndef LOCKSTEP_CORE_OPS_REFERENCE_BATCH_NORM_H_
#define LOCKSTEP_CORE_OPS_REFERENCE_BATCH_NORM_H_

#include <memory>

#include "core/ops/ops.h"

namespace lockstep {

std::unique_ptr<BatchNormPlan> MakeReferenceBatchNorm(const BatchNormSpec& spec);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_REFERENCE_BATCH_NORM_H_
