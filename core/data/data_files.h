// Where the files of the known data sets are looked for.
#ifndef LOCKSTEP_CORE_DATA_DATA_FILES_H_
#define LOCKSTEP_CORE_DATA_DATA_FILES_H_

#include <string>
#include <vector>

#include "core/base/status.h"

namespace lockstep {

// $LOCKSTEP_DATA, ~/.cache/lockstep, ~/.keras/datasets: those that are set, in this order; then
// where Debian's packages put data sets.
std::vector<std::string> DataFolders();

// Where downloads go: $LOCKSTEP_DATA, else ~/.cache/lockstep. Errors: UsageError if neither
// LOCKSTEP_DATA nor HOME is set.
StatusOr<std::string> DownloadFolder();

// The file `name` of the first of these folders that holds it. Errors: MissingInputError saying
// where it can be put and which command downloads it.
StatusOr<std::string> FindDataFile(const std::string& name);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_DATA_FILES_H_
