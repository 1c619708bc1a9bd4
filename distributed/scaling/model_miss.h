// Whether the fitted model describes what it was fitted on.
#ifndef LOCKSTEP_DISTRIBUTED_SCALING_MODEL_MISS_H_
#define LOCKSTEP_DISTRIBUTED_SCALING_MODEL_MISS_H_

#include <string>

#include "distributed/scaling/scaling_result.h"

namespace lockstep {

// A sentence on the number of ranks whose measured step lies farthest from the model's among those
// outside of its band; "" where all lie inside. Noise that comes and goes does this: the parts of a
// step, each measured, then fit no one model.
std::string ModelMiss(const ScalingResult& result);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_MODEL_MISS_H_
