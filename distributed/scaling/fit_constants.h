// Fits the constants of the scaling model on published measurements, and tells how well constants
// that were fitted without a system predict it.
//
// Least squares by Levenberg-Marquardt (Eigen) over the logarithms of the constants. A residual is
// the logarithm of predicted / published, in units of kRepeats, and robust: beyond a few units it
// counts by its size, not its square. What the measurements do not tell is held by a weak prior, a
// factor of e around kFirstGuess.
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

// On the points of `data` that are scored. Errors: as Replay; BadDataError for fewer points than
// constants.
StatusOr<ConstantsFit> FitConstants(const ReplayData& data);

// A system as constants predict it that were fitted on the others.
struct LeftOut {
  std::string system;
  ErrorSummary unseen;  // percent
  ErrorSummary fitted;  // the same points with the constants of all
};

struct CrossValidation {
  std::vector<LeftOut> systems;  // those with scored points
  ErrorSummary unseen, fitted;   // over all points
};

StatusOr<CrossValidation> CrossValidate(const ReplayData& data);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_FIT_CONSTANTS_H_
