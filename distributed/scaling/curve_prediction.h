// Predicts a curve of published points from the first of them, the hardware sheet and at most one
// further point.
//
// The further point is one number: how long a step took on some number of GPUs. Which of the
// curve's unknowns explains it, slower communication or larger waits, copies and input work, it
// does not tell. The prediction is the mean over what it leaves possible
// (distributed/scaling/possibilities.h), with a band of 90 %. Where a curve has no further point
// the unknowns stay as wide as they are.
//
//   published: 1 GPU 32/s, 16 GPUs 13.1x. Communication 1.7 +- 0.5 times as slow as the sheet says,
//   or stragglers at twice the usual; at 8 GPUs in one host both say 7.3x.
//
// Where the batch per GPU changes along a curve, the further point tells how a GPU's rate depends
// on it (ScalingConstants::half_batch) instead: that is then the larger unknown.
//
// The first point may itself be of several GPUs: what its step loses is taken off before the
// others are predicted. tests/distributed/scaling/curve_prediction_test.cc holds what must be true;
// docs/scaling.md shows the accuracy.
#ifndef LOCKSTEP_DISTRIBUTED_SCALING_CURVE_PREDICTION_H_
#define LOCKSTEP_DISTRIBUTED_SCALING_CURVE_PREDICTION_H_

#include <vector>

#include "distributed/scaling/measurements.h"
#include "distributed/scaling/scaling_constants.h"
#include "distributed/scaling/step_simulator.h"
#include "distributed/scaling/workload.h"
#include "proto/cluster.pb.h"

namespace lockstep {

// Whether predictions come with their bands, which take most of the time.
enum class Bands { kOff, kOn };

struct PredictedPoint {
  double speedup = 0;  // against the curve's base
  // What lies between them with a probability of 90 %, by the spreads of scaling_constants.h; 0
  // where bands are off.
  double low = 0, high = 0;
  StepTimes times;  // the mean over what the further point leaves possible
  StepSetting setting;
};

// One per point of `curve`, in its order. A curve without a base is started from
// `assumed_rate` samples/s of one GPU.
std::vector<PredictedPoint> PredictCurve(const MeasuredCurve& curve, const Workload& workload,
                                         const Cluster& cluster, const ScalingConstants& constants,
                                         double assumed_rate, Bands bands = Bands::kOn);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_CURVE_PREDICTION_H_
