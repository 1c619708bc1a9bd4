// The sets of Keras' tutorials that are numbers or images, as keras.datasets loads them. The text
// sets are in text_sets.h.
#ifndef LOCKSTEP_CORE_DATA_KERAS_SETS_H_
#define LOCKSTEP_CORE_DATA_KERAS_SETS_H_

#include <string>

#include "core/base/status.h"
#include "core/data/dataset.h"
#include "core/data/source.h"

namespace lockstep {

// Shuffled by RandomState(113), a fifth for the test set; features kept in float64 for
// standardisation. Errors, here and below: MissingInputError, BadDataError.
StatusOr<TrainAndTest> LoadBostonHousing(DatasetNeeds needs);
// mnist.npz, or the four IDX files in a data folder's mnist.
StatusOr<TrainAndTest> LoadMnist(DatasetNeeds needs);
// The four IDX files, from the data folders' fashion-mnist or Debian's package.
StatusOr<TrainAndTest> LoadFashionMnist(DatasetNeeds needs);
// Two IDX files as a set of images [H,W,1] and labels; a pair with empty paths is an empty set.
StatusOr<Dataset> LoadIdxPair(const std::string& images, const std::string& labels);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_KERAS_SETS_H_
