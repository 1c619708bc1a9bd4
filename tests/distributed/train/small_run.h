// A small training for tests: config, data and one training on thread ranks.
#ifndef LOCKSTEP_TESTS_DISTRIBUTED_TRAIN_SMALL_RUN_H_
#define LOCKSTEP_TESTS_DISTRIBUTED_TRAIN_SMALL_RUN_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/data/dataset.h"
#include "distributed/train/replica.h"
#include "distributed/train/trainer.h"
#include "proto/config.pb.h"

namespace lockstep {

// 47 samples in batches of 16 and 8 micro-batches, dropout, 5 validation samples; `more` is config
// text merged over it.
Config SmallConfig(const std::string& more = "");

DatasetSplits SmallData(const Config& config);

// How TrainOnThreads differs from a plain training.
struct SmallRunOptions {
  std::string folder = "";                  // rank 0 writes its log there unless it is ""
  const SavedCheckpoint* start = nullptr;   // go on from here
  const std::atomic<bool>* stop = nullptr;  // end after the steps under way
  bool often = false;                       // a checkpoint whenever one may be written
  std::string trace_file = "";
  // Instead of the config's network, on a rank.
  std::function<StatusOr<Replica>(int rank, int64_t max_rows)> make_replica = nullptr;
};

// What each rank's Train returns.
std::vector<StatusOr<TrainingOutcome>> TrainOnThreads(const Config& config, int ranks,
                                                      const SmallRunOptions& options = {});

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_DISTRIBUTED_TRAIN_SMALL_RUN_H_
