// Published measurements: curves of points that share everything but the number of GPUs.
#ifndef LOCKSTEP_DISTRIBUTED_SCALING_MEASUREMENTS_H_
#define LOCKSTEP_DISTRIBUTED_SCALING_MEASUREMENTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "proto/cluster.pb.h"

namespace lockstep {

// What may be done with a point.
enum class PointUse {
  kBase,        // the curve starts from its rate
  kCalib,       // the one further point that a prediction may see
  kScore,       // predicted and scored
  kSheet,       // the same in a curve without a further point
  kInputBound,  // what follows is predicted and shown, but not scored: limited by input
  kHard,        // broken by something that no sheet tells
  kReport,      // without a rate to start from
};

// "score" ...
const char* NameOf(PointUse use);

struct MeasuredPoint {
  int gpus = 1;
  int hosts = 1;
  int servers = 1;
  double batch_per_gpu = 0;
  double rate = 0;     // samples/s of all GPUs; 0: only the speed-up is known
  double speedup = 0;  // against base_gpus
  int base_gpus = 1;
  PointUse use = PointUse::kScore;
};

struct MeasuredCurve {
  std::string name;
  std::string system;
  std::string model;
  std::string framework;  // "TensorFlow 1", "MXNet" ...; as the table has it if it is none of those
  bool real_input = false;
  bool half_precision = false;
  Exchange exchange;  // without servers
  std::vector<MeasuredPoint> points;

  const MeasuredPoint* Find(PointUse use) const;  // the first, or nullptr
  // What points are summed up by: the name's part before the first slash, or before the third if
  // the first is "dlperf".
  std::string group() const;
};

// Reads a table in the columns of measurements/points.csv. Errors: BadDataError "FILE:LINE: ...".
StatusOr<std::vector<MeasuredCurve>> ReadMeasurements(std::string_view text,
                                                      const std::string& file);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_MEASUREMENTS_H_
