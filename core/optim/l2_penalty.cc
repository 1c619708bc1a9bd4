#include "core/optim/l2_penalty.h"

namespace lockstep {

double L2Penalty(const OptimizerConfig& config, const ParameterLayout& layout,
                 const float* weights, Ops* ops) {
  if (config.l2() == 0) return 0;
  double squares = 0;
  for (const ParameterEntry& entry : layout.entries()) {
    if (entry.group != ParameterGroup::kKernel) continue;
    const float* kernel = weights + entry.offset_elems;
    squares += ops->SumOfProducts(kernel, kernel, entry.shape.elems());
  }
  return static_cast<double>(config.l2()) * squares;
}

}  // namespace lockstep
