// One number for all weights: equal hash, equal bits.
#ifndef LOCKSTEP_CORE_PARAMS_WEIGHTS_HASH_H_
#define LOCKSTEP_CORE_PARAMS_WEIGHTS_HASH_H_

#include <cstdint>

#include "core/params/parameter_layout.h"

namespace lockstep {

// The hash of every parameter's bits in layout order, padding left out. `weights`:
// layout.size_elems() values.
uint64_t WeightsHash(const ParameterLayout& layout, const float* weights);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_PARAMS_WEIGHTS_HASH_H_
