// What a config asks to be done with the samples of a source: scaling and splitting.
#ifndef LOCKSTEP_CORE_DATA_PREPARE_H_
#define LOCKSTEP_CORE_DATA_PREPARE_H_

#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/data/dataset.h"
#include "proto/config.pb.h"

namespace lockstep {

// A training set and a test set (either may be empty if it was not asked for).
struct TrainAndTest {
  Dataset train;
  Dataset test;
  // The features in float64 where the source has more than float32: [size, features] or empty.
  std::vector<double> train_exact;
  std::vector<double> test_exact;
  std::vector<std::string> class_names;
};

// Standardises (mean and population standard deviation of the training set, in float64; a constant
// feature is only centred) and divides both sets in place. Errors: UsageError for multi-hot samples.
Status ScaleFeatures(const DataConfig& config, TrainAndTest* sets);

// Takes the first `take` training samples and sets the validation samples aside. Errors: UsageError
// if no training sample is left, or the rule needs a test set that is not there.
StatusOr<DatasetSplits> Split(const DataConfig& config, TrainAndTest sets);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_PREPARE_H_
