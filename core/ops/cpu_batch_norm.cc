#include "core/ops/cpu_batch_norm.h"

namespace lockstep {

std::unique_ptr<BatchNormPlan> MakeCpuBatchNormPlan(const BatchNormSpec& /*spec*/) { return nullptr; }

}  // namespace lockstep
