#include "core/ops/reference_batch_norm.h"

namespace lockstep {

std::unique_ptr<BatchNormPlan> MakeReferenceBatchNorm(const BatchNormSpec& /*spec*/) { return nullptr; }

}  // namespace lockstep
