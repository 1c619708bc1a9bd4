// What a source of samples is asked for and what it gives.
#ifndef LOCKSTEP_CORE_DATA_SOURCE_H_
#define LOCKSTEP_CORE_DATA_SOURCE_H_

#include <string>
#include <vector>

#include "core/data/dataset.h"

namespace lockstep {

// Which sets the caller uses; the others are left empty unless they are needed to prepare these.
struct DatasetNeeds {
  bool train = true;  // and validation, if the config sets some aside
  bool test = true;   // empty for a source without one
  bool decode = true;  // pictures at once, if they fit into memory and need no decoding each epoch
};

// A training set and a test set (either may be empty if it was not asked for).
struct TrainAndTest {
  Dataset train;
  Dataset test;
  // The features in float64 where the source has more than float32: [size, features] or empty.
  std::vector<double> train_exact;
  std::vector<double> test_exact;
  std::vector<std::string> class_names;
  std::vector<std::string> notes;  // as DatasetSplits::notes
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_SOURCE_H_
