// Training as a GPU does it in bfloat16, on the CPU: the inputs of every matrix product and
// convolution, forward and backward, are rounded to bfloat16 (core/ops/bfloat16.h), products are
// summed in float32, everything else, weights above all, stays float32. A bias' gradient is the sum
// of the rounded gradients, which is what a product's epilogue sees. For judging what bfloat16
// costs in accuracy; it is no faster.
#ifndef LOCKSTEP_CORE_OPS_BFLOAT16_OPS_H_
#define LOCKSTEP_CORE_OPS_BFLOAT16_OPS_H_

#include <memory>

#include "core/ops/ops.h"

namespace lockstep {

// `inner` computes on the host's memory.
std::unique_ptr<Ops> MakeBfloat16Ops(std::unique_ptr<Ops> inner);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_BFLOAT16_OPS_H_
