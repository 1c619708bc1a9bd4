// Naive pooling.
#ifndef LOCKSTEP_CORE_OPS_REFERENCE_POOL_H_
#define LOCKSTEP_CORE_OPS_REFERENCE_POOL_H_

#include <memory>

#include "core/ops/ops.h"

namespace lockstep {

std::unique_ptr<PoolPlan> MakeReferencePool(const PoolSpec& spec);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_REFERENCE_POOL_H_
