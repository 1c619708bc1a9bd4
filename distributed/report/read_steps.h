// steps.jsonl as a curve.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_READ_STEPS_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_READ_STEPS_H_

#include <cstdint>
#include <string>

#include "core/base/status.h"
#include "distributed/report/report_data.h"

namespace lockstep {

// The file's loss and learning rate, thinned out to `max_points`, and the mean of each "PHASE_ms"
// and "max_PHASE_ms". A last line without its end is left out. Errors: MissingInputError, IoError;
// BadDataError naming the line.
StatusOr<StepCurve> ReadSteps(const std::string& path, int64_t max_points);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_READ_STEPS_H_
