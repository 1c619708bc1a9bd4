// One real step for a drawing, from the Chrome trace of a run's first steps
// (distributed/train/step_trace.h).
#ifndef LOCKSTEP_DISTRIBUTED_SCALING_TRACED_STEP_H_
#define LOCKSTEP_DISTRIBUTED_SCALING_TRACED_STEP_H_

#include <string>
#include <string_view>

#include "core/base/status.h"
#include "distributed/scaling/scaling_result.h"

namespace lockstep {

// The step of median length, the first one of the run left out, with its begin on the earliest rank
// at 0. A bucket is ready once all ranks have it; its bytes stay 0, as a trace has none. Errors:
// BadDataError "FILE: ..." for what is no such trace or has no second step.
StatusOr<DrawnStep> MedianStepOfTrace(std::string_view text, const std::string& file);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_TRACED_STEP_H_
