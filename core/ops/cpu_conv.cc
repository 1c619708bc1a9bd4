#include "core/ops/cpu_conv.h"

namespace lockstep {

std::unique_ptr<ConvPlan> MakeCpuConvPlan(const ConvSpec& /*spec*/, CpuWorkspace* /*workspace*/) { return nullptr; }

}  // namespace lockstep
