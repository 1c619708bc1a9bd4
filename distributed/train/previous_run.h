// What becomes of a run whose folder is given to a new one.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_PREVIOUS_RUN_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_PREVIOUS_RUN_H_

#include <string>

#include "core/base/status.h"

namespace lockstep {

// Moves the files of the run that `folder` holds to FOLDER/previous-N, N counted from 1, and
// returns that path; "" if the folder holds no run. Files that no run writes stay. Errors:
// CannotWriteError.
StatusOr<std::string> SetPreviousRunAside(const std::string& folder);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_PREVIOUS_RUN_H_
