// The same values under another shape: no layer of its own but a view of the input's memory.
#ifndef LOCKSTEP_CORE_NN_LAYERS_RESHAPE_H_
#define LOCKSTEP_CORE_NN_LAYERS_RESHAPE_H_

#include "core/base/status.h"
#include "core/device/tensor.h"
#include "proto/config.pb.h"

namespace lockstep {

// The shape of `input` after reshape. Errors: UsageError if the elements are not as many.
StatusOr<Shape> ReshapedShape(const ReshapeConfig& config, const Shape& input);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_LAYERS_RESHAPE_H_
