// timing.json of a run folder: per epoch, where steps' time went on each rank and the verdict.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_TIMING_FILE_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_TIMING_FILE_H_

#include <string>

#include "core/base/status.h"
#include "distributed/train/epoch_timing.h"
#include "distributed/train/verdict.h"
#include "nlohmann/json.hpp"

namespace lockstep {

// One thread at a time.
class TimingFile {
 public:
  void Add(const EpochTiming& timing, const Verdict& verdict);
  // What the file at `path` says of epochs up to `epochs`, to go on with; nothing if there is none.
  // Errors: BadDataError.
  Status KeepUntil(const std::string& path, int64_t epochs);
  Status Write(const std::string& path) const;

 private:
  nlohmann::ordered_json epochs_ = nlohmann::ordered_json::array();
};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_TIMING_FILE_H_
