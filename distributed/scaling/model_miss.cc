#include "distributed/scaling/model_miss.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"

namespace lockstep {

std::string ModelMiss(const ScalingResult& result) {
  double worst = 0;
  int ranks = 0;
  for (const PredictedRanks& model : result.predicted) {
    const auto measured = std::ranges::find(result.measured, model.ranks, &MeasuredRanks::ranks);
    if (!model.measured || measured == result.measured.end()) continue;
    const double step_ms = measured->step_ms.value;
    if (!(step_ms < model.step_ms.low || step_ms > model.step_ms.high)) continue;
    const double error = model.step_ms.value / step_ms - 1;
    if (std::abs(error) <= std::abs(worst)) continue;
    worst = error;
    ranks = model.ranks;
  }
  if (ranks == 0) return "";
  return absl::StrFormat(
      "the model misses the measured step of %d rank%s by %+.0f %%, more than its band allows: do "
      "not rely on what it predicts; measure again with nothing else on the machine",
      ranks, ranks == 1 ? "" : "s", 100 * worst);
}

}  // namespace lockstep
