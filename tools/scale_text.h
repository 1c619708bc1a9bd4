// What `lockstep scale` prints of a result, in 80 columns.
#ifndef LOCKSTEP_TOOLS_SCALE_TEXT_H_
#define LOCKSTEP_TOOLS_SCALE_TEXT_H_

#include <string>

#include "distributed/scaling/scaling_result.h"

namespace lockstep {

// What was measured, the breakdown, the fitted terms, predictions, changes and the conclusion.
std::string ScaleText(const ScalingResult& result);

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_SCALE_TEXT_H_
