// What the y of a table, an .npz or an IDX file become: the config's loss decides, as in Keras,
// where the same numbers are classes under a cross-entropy and amounts under a squared error.
//
//   loss                        y                         becomes
//   BINARY_CROSSENTROPY         0 and 1, [n] or [n,1]     labels, 2 classes
//   CATEGORICAL_CROSSENTROPY    whole numbers from 0 on   labels, at least 2 classes
//                               one-hot rows [n, k]       labels, k classes
//   either                      text                      labels in sorted order of the names
//   any other                   numbers [n, ...]          regression targets
//
// The number of classes is the larger of what training and test set need, or what the network has
// where that is more (core/data/build_dataset.cc).
#ifndef LOCKSTEP_CORE_DATA_TARGETS_H_
#define LOCKSTEP_CORE_DATA_TARGETS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/data/dataset.h"
#include "core/data/source.h"
#include "proto/config.pb.h"

namespace lockstep {

// Whether the loss compares classes.
bool TakesLabels(LossFunction::Kind loss);

// The y of one set as its file holds them.
struct RawTargets {
  std::vector<double> values;  // [samples, width]
  int64_t width = 1;
  std::function<std::string(int64_t sample)> place;  // for messages: "t.csv:5, column \"price\""
};

// Fills data->labels or data->targets and the format. REQUIRES: values.size() == data->size *
// width. Errors: BadDataError with place and value for what no loss takes (not finite) or no label
// is (2.5, -1, a row that is not one-hot); UsageError for what this loss does not take (class 2 or
// one-hot rows under BINARY_CROSSENTROPY).
Status SetTargets(const RawTargets& raw, LossFunction::Kind loss, Dataset* data);

// The same from class names; `train` and `test` (empty without a test set) have one a sample.
// Errors: BadDataError for a single class, UsageError for more than 2 under BINARY_CROSSENTROPY;
// `where` says whose names they are.
Status SetClassNames(const std::vector<std::string>& train, const std::vector<std::string>& test,
                     const std::string& where, LossFunction::Kind loss, TrainAndTest* sets);

// Gives both sets the larger number of classes, and floats if one has bytes and the other not.
// Errors: BadDataError if a sample or its targets
// have another shape in the test set; `where` names its file.
Status MatchFormats(const std::string& where, TrainAndTest* sets);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_TARGETS_H_
