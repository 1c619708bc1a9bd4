#include "core/optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lockstep {

float ScheduledRate(const ScheduleConfig& schedule, float base, int64_t step) {
  const int64_t warmup = static_cast<int64_t>(schedule.warmup_steps());
  if (step <= warmup) return base * static_cast<float>(step) / static_cast<float>(warmup);
  const int64_t done = step - 1 - warmup;  // steps taken since warm-up
  if (schedule.has_step()) {
    float rate = base;
    for (const uint64_t boundary : schedule.step().boundary()) {
      if (done >= static_cast<int64_t>(boundary)) rate *= schedule.step().factor();
    }
    return rate;
  }
  if (schedule.has_cosine()) {
    const double part = std::min(
        1.0, static_cast<double>(done) / static_cast<double>(schedule.cosine().decay_steps()));
    const double rest = schedule.cosine().final_fraction();
    return static_cast<float>(
        base * (rest + (1 - rest) * (1 + std::cos(std::numbers::pi * part)) / 2));
  }
  return base;
}

}  // namespace lockstep
