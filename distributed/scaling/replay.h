// Replays published measurements: predicts every point and scores the predictions, beside three
// models that know no hardware.
#ifndef LOCKSTEP_DISTRIBUTED_SCALING_REPLAY_H_
#define LOCKSTEP_DISTRIBUTED_SCALING_REPLAY_H_

#include <array>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "distributed/scaling/curve_prediction.h"
#include "distributed/scaling/measurements.h"
#include "distributed/scaling/scaling_constants.h"
#include "distributed/scaling/workload.h"
#include "proto/cluster.pb.h"

namespace lockstep {

// What is replayed.
struct ReplayData {
  std::vector<MeasuredCurve> curves;
  std::vector<Cluster> clusters;
  std::vector<Workload> nets;
};

// What predicts a point's speed-up.
enum class Predictor { kModel, kLinear, kAmdahl, kConstantEfficiency };
inline constexpr std::array<const char*, 4> kPredictorNames = {"lockstep", "linear", "Amdahl",
                                                               "constant efficiency"};

struct ReplayedPoint {
  const MeasuredCurve* curve = nullptr;  // in the ReplayData
  const MeasuredPoint* point = nullptr;
  PredictedPoint predicted;
  std::array<double, 4> speedups = {};  // by Predictor

  // Predicted / published - 1.
  double Error(Predictor predictor) const {
    return speedups[static_cast<size_t>(predictor)] / point->speedup - 1;
  }
};

// All points but the curves' first. Errors: BadDataError for a curve whose system or model is not
// there.
StatusOr<std::vector<ReplayedPoint>> Replay(const ReplayData& data,
                                            const ScalingConstants& constants,
                                            Bands bands = Bands::kOn);

// Of absolute errors.
struct ErrorSummary {
  size_t count = 0;
  double mean = 0, median = 0, p90 = 0, worst = 0;
};

// Percentiles are interpolated between the two nearest values.
ErrorSummary Summarise(std::vector<double> errors);

// The measurements, sheets and networks that ship with the program.
StatusOr<ReplayData> ShippedReplayData();

// All points as a table of comma-separated values.
std::string ReplayCsv(const std::vector<ReplayedPoint>& points);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_REPLAY_H_
