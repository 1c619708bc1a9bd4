// The L2 penalty of the kernels, as Keras' kernel_regularizer adds it to the loss.
#ifndef LOCKSTEP_CORE_OPTIM_L2_PENALTY_H_
#define LOCKSTEP_CORE_OPTIM_L2_PENALTY_H_

#include "core/ops/ops.h"
#include "core/params/parameter_layout.h"
#include "proto/config.pb.h"

namespace lockstep {

// config.l2() times the sum of squares of every kernel; the same bits for the same weights. Its
// gradient, 2 * l2 * w, is added by Optimizer::Step.
double L2Penalty(const OptimizerConfig& config, const ParameterLayout& layout,
                 const float* weights, Ops* ops);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPTIM_L2_PENALTY_H_
