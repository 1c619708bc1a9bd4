// What the network got right: predicted classes, their counts, the worst mistakes.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_CONFUSION_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_CONFUSION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "distributed/report/report_data.h"

namespace lockstep {

// A class and how sure the network is of it, 0 .. 1.
struct PredictedClass {
  int64_t label = 0;
  double confidence = 0;
};

// Checks sizes, labels and shown samples against each other. Errors: BugError naming the member.
Status CheckPredictions(const Predictions& predictions);

// The functions below. REQUIRES: CheckPredictions passes.

// The largest output of a row, the first of equals; with one output, class 1 if it is > 0.5.
// REQUIRES: classes > 0.
PredictedClass ClassOf(const Predictions& predictions, int64_t row);

// Counts [classes, classes]: true class by row, predicted class by column. REQUIRES: classes > 0.
std::vector<int64_t> CountConfusions(const Predictions& predictions);

// Rows of the worst mistakes, the worst first, at most `count`: wrong classes by confidence; for a
// regression all rows by absolute error, summed over outputs. Equals come in order of row.
std::vector<int64_t> MostConfidentMistakes(const Predictions& predictions, int64_t count);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_CONFUSION_H_
