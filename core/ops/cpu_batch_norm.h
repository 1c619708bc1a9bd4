// Batch normalisation on the CPU.
#ifndef LOCKSTEP_CORE_OPS_CPU_BATCH_NORM_H_
#define LOCKSTEP_CORE_OPS_CPU_BATCH_NORM_H_

#include <memory>

#include "core/ops/ops.h"

namespace lockstep {

std::unique_ptr<BatchNormPlan> MakeCpuBatchNormPlan(const BatchNormSpec& spec);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_CPU_BATCH_NORM_H_
