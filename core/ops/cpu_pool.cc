#include "core/ops/cpu_pool.h"

namespace lockstep {

std::unique_ptr<PoolPlan> MakeCpuPoolPlan(const PoolSpec& /*spec*/) { return nullptr; }

}  // namespace lockstep
