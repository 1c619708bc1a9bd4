// Pooling on the CPU.
#ifndef LOCKSTEP_CORE_OPS_CPU_POOL_H_
#define LOCKSTEP_CORE_OPS_CPU_POOL_H_

#include <memory>

#include "core/ops/ops.h"

namespace lockstep {

std::unique_ptr<PoolPlan> MakeCpuPoolPlan(const PoolSpec& spec);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_CPU_POOL_H_
