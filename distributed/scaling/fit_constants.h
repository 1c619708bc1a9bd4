// Fits the constants of the scaling model on published measurements, and tells how well constants
// that were fitted without a system, or a framework, predict it.
//
// Least squares by Levenberg-Marquardt (Eigen) over the logarithms of the constants. A residual is
// the logarithm of predicted / published, in units of what such a prediction usually misses, and
// robust: beyond a few units it counts by its size, not its square. Every curve is predicted twice:
// with its further point, and from the sheet alone, further point included. The first alone would
// leave the constants loose, as the further point makes up for wrong ones; the second is also how
// `lockstep simulate` predicts. What the measurements do not tell is held by a prior, a factor of
// 1.65 around kFirstGuess.
#ifndef LOCKSTEP_DISTRIBUTED_SCALING_FIT_CONSTANTS_H_
#define LOCKSTEP_DISTRIBUTED_SCALING_FIT_CONSTANTS_H_

#include <array>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "distributed/scaling/replay.h"
#include "distributed/scaling/scaling_constants.h"

namespace lockstep {

struct ConstantsFit {
  ScalingConstants constants;
  // One standard deviation of each constant's logarithm, in the order of kFittedConstants.
  std::array<double, kFittedConstants.size()> log_deviations = {};
  size_t points = 0;
};

// On the scored and the further points of `data`. Errors: as Replay; BadDataError for fewer scored
// points than constants.
StatusOr<ConstantsFit> FitConstants(const ReplayData& data);

// Predicts as if no curve had a further point: those of `data` become scored ones.
ReplayData WithoutFurtherPoints(ReplayData data);

// Curves that belong together, as constants predict them that were fitted on the others.
struct LeftOut {
  std::string name;
  ErrorSummary unseen;  // percent
  ErrorSummary alone;   // the same from the sheets alone, further points included
  ErrorSummary fitted;  // as `unseen`, with the constants of all
};

struct CrossValidation {
  std::vector<LeftOut> groups;         // those with scored points
  ErrorSummary unseen, alone, fitted;  // over all points
};

// What is left out at a time.
enum class LeaveOut { kSystem, kFramework };

StatusOr<CrossValidation> CrossValidate(const ReplayData& data, LeaveOut leave_out);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_FIT_CONSTANTS_H_
