// From runs to a result: medians and intervals of repeats, the fitted model, the conclusion.
//
// Repeats are few, so an interval of their median is taken from their order, which assumes nothing
// about how they are spread: of n sorted values the k-th from either end, with the largest k that
// still holds the median with 90 %; all of 5 values hold it with 94 %, all of 3 with only 75 %.
// Repeats are interleaved (1, 2, 4, 1, 2, 4 ranks), and a speed-up is the median of what the runs
// of the same round give, so that a machine that slows down in between bends nothing.
#ifndef LOCKSTEP_DISTRIBUTED_SCALING_EXPERIMENT_H_
#define LOCKSTEP_DISTRIBUTED_SCALING_EXPERIMENT_H_

#include <map>
#include <vector>

#include "core/base/status.h"
#include "distributed/scaling/fit_model.h"
#include "distributed/scaling/measured_run.h"
#include "distributed/scaling/scaling_result.h"

namespace lockstep {

// Runs by number of ranks; [repeat] of each, with step_ms NaN where it failed.
using RunsByRanks = std::map<int, std::vector<MeasuredRun>>;

struct MedianInterval {
  Estimate median;
  double level = 0;  // at which the interval holds the true median
};

// NaN values are left out.
MedianInterval MedianOf(std::vector<double> values);

// Fills measured, base_ranks, interval_level, noise_share, drawn and the conclusion of what was
// measured. REQUIRES: a run that did not fail.
void Summarise(const RunsByRanks& runs, ScalingResult* result);

// What to fit and to predict.
struct ModelOptions {
  bool processes = false;      // not threads
  int ranks_per_host = 0;      // 0: all on one host
  int64_t microbatches = 0;    // of base_ranks' batch; 0: one per rank
  std::vector<int> predicted;  // numbers of ranks; those measured are added
};

// Fits the model to runs in which no host was crowded and fills what the result has of it, and
// what dominates into the conclusion. Errors: UsageError where nothing can be fitted.
Status AddModel(const RunsByRanks& runs, const ModelOptions& options, ScalingResult* result);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_EXPERIMENT_H_
