// What a run remembers of its data, so that its network can be used where the data is not:
// data.json in its folder.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_DATA_DESCRIPTION_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_DATA_DESCRIPTION_H_

#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/data/dataset.h"

namespace lockstep {

struct DataDescription {
  SampleFormat format;
  std::vector<std::string> class_names;  // [classes] or empty
};

// As JSON, one line.
std::string ToJson(const DataDescription& description);

// Reads FOLDER/data.json. Errors: MissingInputError, BadDataError.
StatusOr<DataDescription> ReadDataDescription(const std::string& folder);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_DATA_DESCRIPTION_H_
