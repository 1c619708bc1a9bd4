// What one finished training tells of its steps: timing.json of its run folder, all epochs
// together, from summary.json how its ranks ran, and from trace.json, where there is one, a step to
// draw.
#ifndef LOCKSTEP_DISTRIBUTED_SCALING_MEASURED_RUN_H_
#define LOCKSTEP_DISTRIBUTED_SCALING_MEASURED_RUN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "distributed/scaling/cost_model.h"
#include "distributed/scaling/scaling_result.h"

namespace lockstep {

struct MeasuredRun {
  int ranks = 1;
  int hosts = 1;
  int ranks_per_host = 1;  // of the first
  bool crowded = false;    // more ranks than cores on a host
  bool processes = false;  // under mpirun, not threads; of summary.json
  int64_t batch = 0;
  int64_t microbatches = 0;
  int64_t steps = 0;
  double step_ms = 0;      // median
  StepParts parts;         // mean over ranks and steps, scaled so that they sum to step_ms
  double transfers_ms = 0;  // of all buckets, as they come one behind the other
  double barrier_ms = 0;
  double overlap_bound_ms = kNotKnown;
  double overlap_reached_ms = kNotKnown;
  std::string cause, verdict;        // of the epoch with the most steps
  std::vector<ModelBucket> buckets;  // none for one rank
  DrawnStep drawn;
};

// Errors: MissingInputError, BadDataError naming the file.
StatusOr<MeasuredRun> ReadMeasuredRun(const std::string& run_folder);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_MEASURED_RUN_H_
