// Convolutions on the CPU.
#ifndef LOCKSTEP_CORE_OPS_CPU_CONV_H_
#define LOCKSTEP_CORE_OPS_CPU_CONV_H_

#include <memory>

#include "core/ops/cpu_workspace.h"
#include "core/ops/ops.h"

namespace lockstep {

// `workspace` is borrowed and shared with other plans of the same rank.
std::unique_ptr<ConvPlan> MakeCpuConvPlan(const ConvSpec& spec, CpuWorkspace* workspace);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_CPU_CONV_H_
