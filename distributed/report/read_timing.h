// timing.json as parts of a step.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_READ_TIMING_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_READ_TIMING_H_

#include <string>
#include <vector>

#include "core/base/status.h"
#include "distributed/report/report_data.h"

namespace lockstep {

// The file's epochs, in its order. Exposed communication is given as its two parts: waiting for a
// rank that came later, and the transfer. Errors: MissingInputError, IoError; BadDataError naming
// the epoch.
StatusOr<std::vector<EpochTime>> ReadTiming(const std::string& path);

// What all ranks' mean step consists of. Empty without ranks.
PartsMs MeanOverRanks(const EpochTime& epoch);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_READ_TIMING_H_
