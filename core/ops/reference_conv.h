// The naive convolution, in double.
#ifndef LOCKSTEP_CORE_OPS_REFERENCE_CONV_H_
#define LOCKSTEP_CORE_OPS_REFERENCE_CONV_H_

#include <memory>

#include "core/ops/ops.h"

namespace lockstep {

std::unique_ptr<ConvPlan> MakeReferenceConv(const ConvSpec& spec);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_REFERENCE_CONV_H_
