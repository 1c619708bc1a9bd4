// Fits the terms of the cost model to measured parts of steps, and says how sure it is.
//
// Each part of a step (input, forward ..., and the time of all transfers, hidden or not) on each
// number of ranks is one observation with an error of its own. Robust least squares: Eigen's
// Levenberg-Marquardt, reweighted so that an observation far off counts by its distance and not by
// its square (Huber 1981). Positive terms are fitted as logarithms, which keeps them positive.
//
// Each term also has a guess with a wide spread, an observation like the others: what nothing
// measured tells stays at its guess with that spread, so that the fit is determined from one number
// of ranks on, and a prediction far from what was measured has a wide band. Two terms are such
// spreads by themselves after 1 and 2 ranks: how transfers and computing suffer as ranks double.
//
// Intervals: the covariance at the solution, inflated where residuals are larger than their errors,
// and Student's t. Bands of predictions: the same through the gradient of the logarithm of the
// step, with the noise of a measurement added.
// tests/distributed/scaling/fit_model_test.cc plants terms and finds them again.
#ifndef LOCKSTEP_DISTRIBUTED_SCALING_FIT_MODEL_H_
#define LOCKSTEP_DISTRIBUTED_SCALING_FIT_MODEL_H_

#include <functional>
#include <vector>

#include "core/base/status.h"
#include "distributed/scaling/cost_model.h"
#include "distributed/scaling/scaling_result.h"

namespace lockstep {

// Steps on one number of ranks.
struct RankObservation {
  int ranks = 1;
  StepParts parts;
  StepParts errors;  // standard deviation of each part, ms
  double transfers_ms = 0;        // of all buckets; 0 for one rank
  double transfers_error_ms = 0;
  double barrier_ms = 0;          // how long a barrier takes
  double step_error = 0.005;      // of a measured step, as a share: its noise
};

struct FittedModel {
  ModelJob job;
  ModelTerms terms;
  std::vector<double> offsets;     // of each term from its guess, in its spreads
  std::vector<double> guesses;     // as fitted: logarithms
  std::vector<double> covariance;  // [terms, terms] of offsets
  double quantile = 1.645;         // of Student's t, for 90 %
  double noise = 0.005;            // of a measured step, as a share
  std::vector<RankObservation> observations;
};

// Errors: UsageError if there is no observation.
StatusOr<FittedModel> FitModel(const ModelJob& job,
                               const std::vector<RankObservation>& observations);

// With 90 % intervals. Terms of links that no rank used are left out.
std::vector<FittedTerm> DescribeTerms(const FittedModel& model);

// Of every observation.
std::vector<Residual> ResidualsOf(const FittedModel& model);

// A change of what is trained or where, for a what-if.
using ModelChange = std::function<void(ModelTerms* terms, ModelJob* job)>;

// The step on `ranks`, with 90 % bands; `change`, if any, changes it, and not what it is compared
// with: base_ranks of the model.
PredictedRanks Predict(const FittedModel& model, int ranks, const ModelChange& change = {});

// The 95 % quantile of Student's t with `freedom` degrees >= 1: both sides' 90 %.
double StudentQuantile(int freedom);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_FIT_MODEL_H_
