// A run folder's files as a RunReport.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_READ_RUN_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_READ_RUN_H_

#include <string>

#include "core/base/status.h"
#include "distributed/report/report_data.h"

namespace lockstep {

// Reads config.textproto, history.json, summary.json, timing.json and steps.jsonl of `folder`, or
// the crossval.json of a cross-validation (the config is then its first fold's). Files that a run
// writes late or never (all but history.json) may be absent; a last line of steps.jsonl without its
// end is a step still being written and is left out. `predictions` stays empty. Errors, one line
// naming the file: MissingInputError if there is neither history.json nor crossval.json;
// BadDataError for a file that is not what it should be; IoError.
StatusOr<RunReport> ReadRun(const std::string& folder);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_READ_RUN_H_
