// One training from a resolved config to a finished run folder, on any number of ranks.
#ifndef LOCKSTEP_TOOLS_TRAINING_RUN_H_
#define LOCKSTEP_TOOLS_TRAINING_RUN_H_

#include <map>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/data/dataset.h"
#include "proto/config.pb.h"
#include "tools/launch.h"

namespace lockstep {

// How to run it.
struct TrainingRunOptions {
  std::string run_folder;
  Launcher* launcher = nullptr;
  int ranks = 0;  // 0: as ChooseRanks says
  bool quiet = false;
  std::string trace_file = "";  // Chrome trace of the first steps of all ranks; "": none
  bool checkpoints = true;
  bool resume = false;  // go on from the folder's newest checkpoint
};

// The history of the run; empty on ranks other than 0.
using History = std::map<std::string, std::vector<double>>;

// Trains on options.launcher's ranks, with the run folder written by rank 0: log, checkpoint,
// summary. Collective under mpirun. `data` is borrowed; splits.train and splits.validation are
// used.
StatusOr<History> RunTraining(const Config& config, const DatasetSplits& data,
                              const TrainingRunOptions& options);

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_TRAINING_RUN_H_
