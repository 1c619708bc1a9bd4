// A finished run, opened again: its config, its weights, its data.
#ifndef LOCKSTEP_TOOLS_RUN_FOLDER_H_
#define LOCKSTEP_TOOLS_RUN_FOLDER_H_

#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/data/dataset.h"
#include "core/device/buffer.h"
#include "core/params/parameter_layout.h"
#include "distributed/train/replica.h"
#include "proto/config.pb.h"

namespace lockstep {

// The newest weights of a run on the set that is evaluated.
struct OpenedRun {
  std::string folder;
  Config config;
  DatasetSplits data;  // train is empty unless it was needed to prepare the test set
  Replica replica;     // its graph takes up to `max_rows` samples at a time
  int64_t max_rows = 0;
};

// The newest weights of a run, without its data.
struct OpenedWeights {
  ParameterLayout layout;  // in the order of the checkpoint
  Buffer<float> weights;
};

// MissingInputError where there is no such folder, or one without a run's config. What a file that
// stands there is not, its reader tells.
Status ExpectRunFolder(const std::string& folder);

// Reads them from the newest checkpoint. Errors: MissingInputError, BadDataError.
StatusOr<OpenedWeights> OpenWeights(const std::string& folder);

// The network of a run's `config` with its newest weights, for up to `max_rows` samples of
// `format`. Errors: UsageError for a model that cannot be, what the checkpoint's reader says.
StatusOr<Replica> OpenReplica(const std::string& folder, Config config, const SampleFormat& format,
                              int64_t max_rows);

// Where a run keeps its checkpoints.
std::string CheckpointFolder(const std::string& run_folder);

// One line to stderr, unless `warning` is empty.
void PrintWarning(const std::string& warning);

// "runs/NAME-20260131-235959", or with "-2", "-3" ... behind it if there is such a folder.
std::string DefaultRunFolder(const std::string& name);

// Opens FOLDER/config.textproto with `sets` merged over it, loads the test set (the data config of
// `data_config` instead of the run's own if that is not empty) and the newest checkpoint. Errors:
// what these report; UsageError if the data has no test set.
StatusOr<OpenedRun> OpenRun(const std::string& folder, const std::vector<std::string>& sets,
                            const std::string& data_config);

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_RUN_FOLDER_H_
