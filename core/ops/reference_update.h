// The naive optimizer steps of reference_ops.
#ifndef LOCKSTEP_CORE_OPS_REFERENCE_UPDATE_H_
#define LOCKSTEP_CORE_OPS_REFERENCE_UPDATE_H_

#include "core/ops/specs.h"

namespace lockstep {

// Ops::Update, every element in double and rounded once per stored value.
void ReferenceUpdate(const UpdateSpec& spec, const UpdateBuffers& buffers);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_REFERENCE_UPDATE_H_
