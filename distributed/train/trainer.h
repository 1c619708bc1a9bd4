// Trainer: the training loop of one rank.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_TRAINER_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_TRAINER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "core/base/status.h"
#include "core/data/dataset.h"
#include "core/io/checkpoint.h"
#include "distributed/comm/communicator.h"
#include "distributed/train/replica.h"
#include "distributed/train/run_log.h"
#include "proto/config.pb.h"

namespace lockstep {

// Makes a replica for micro-batches of up to so many samples.
using ReplicaMaker = std::function<StatusOr<Replica>(int64_t max_rows)>;

// What a rank trains with; all borrowed.
struct TrainingInputs {
  const Config* config = nullptr;
  const DatasetSplits* data = nullptr;
  Communicator* communicator = nullptr;
  RunLog* log = nullptr;                     // rank 0 only; that rank writes checkpoints too
  std::string checkpoint_folder;
  const SavedCheckpoint* start = nullptr;    // go on from here; nullptr: from the beginning
  const std::atomic<bool>* stop = nullptr;   // set by a signal: end after the steps under way
  int64_t checkpoint_every_ns = 60'000'000'000;
  std::string trace_file = "";   // Chrome trace of the first steps of all ranks; "": none
  int64_t trace_steps = 20;
  ReplicaMaker make_replica = nullptr;  // instead of the config's model, as benchmarks do
};

// What a rank has at the end: the same on every rank but for timings.
struct TrainingOutcome {
  Replica replica;
  RunFacts facts;
  bool stopped = false;       // on request, before its last step
  bool nothing_left = false;  // `start` is of the last step or a later one: no step was taken
};

// Collective: trains config.training().epochs epochs (or `steps` steps) and returns the replica.
// Checks at the start that all ranks hold the same config, data and layout, and at the end that
// they hold the same weights. Writes a checkpoint every checkpoint_every_ns or so and at the end. A
// stop request ends it after the steps under way. The log is started if there is a step to take.
// Errors: MismatchError, ReplicasDifferError, NotFiniteError, what parts report.
StatusOr<TrainingOutcome> Train(const TrainingInputs& inputs);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_TRAINER_H_
