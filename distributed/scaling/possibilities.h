// What a scaling curve may be like: the unknowns that no hardware sheet tells, how far they spread,
// and what a measured point leaves of them.
//
// Each has a spread shared by all curves (scaling_constants.h): a factor on the time of transfers,
// log-normal around 1, and one on each of the other terms, normal around 1. Given the first the
// others follow in closed form, as the step's time is linear in them. So a grid over the first,
// each node with its weight, is all there is; Bayes' rule changes the weights.
#ifndef LOCKSTEP_DISTRIBUTED_SCALING_POSSIBILITIES_H_
#define LOCKSTEP_DISTRIBUTED_SCALING_POSSIBILITIES_H_

#include <array>
#include <vector>

#include "distributed/scaling/scaling_constants.h"
#include "distributed/scaling/step_simulator.h"

namespace lockstep {

// The terms beside communication: stragglers, entry, copies, input, dispatch.
using OtherTerms = std::array<double, 5>;

struct Possibility {
  double slowness = 1;  // of transfers
  double weight = 0;    // in all 1
  OtherTerms factors = {1, 1, 1, 1, 1};
};

class Possibilities {
 public:
  // One setting's step for each possibility, by its slowness.
  using Steps = std::vector<StepTimes>;

  // Before anything was measured.
  explicit Possibilities(const ScalingConstants& constants);

  const std::vector<Possibility>& all() const { return all_; }

  // Bayes' rule with a step that took `seconds`, of which `compute_s` is known.
  void See(double seconds, double compute_s, const Steps& steps);

  // The mean step.
  StepTimes Mean(const Steps& steps) const;

  // The step's seconds that are not exceeded with a probability of `share`: of what the terms
  // leave possible, and of how well published rates repeat.
  double Quantile(double share, const Steps& steps) const;

 private:
  ScalingConstants constants_;
  std::vector<Possibility> all_;
  // After See: the measured step's terms by possibility, and the variance of its seconds.
  std::vector<OtherTerms> seen_;
  std::vector<double> seen_variance_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_POSSIBILITIES_H_
