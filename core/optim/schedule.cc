#include "core/optim/schedule.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numbers>

namespace lockstep {
namespace {

// The number the user wrote: the shortest decimal that reads back as `value`. Products of such
// numbers are then those of the decimals: 0.1 times 0.1 is the float nearest to 0.01.
double Written(float value) {
  std::array<char, 32> text;
  const char* end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  double number = value;
  std::from_chars(text.data(), end, number);
  return number;
}

// `step` steps after the warm-up; 0 is the first of them.
double StepRate(const StepSchedule& schedule, double base, int64_t step) {
  double rate = base;
  for (const uint64_t boundary : schedule.boundary()) {
    if (static_cast<uint64_t>(step) > boundary) rate *= Written(schedule.factor());
  }
  return rate;
}

double CosineRate(const CosineSchedule& schedule, double base, int64_t step) {
  const double part =
      std::min(1.0, static_cast<double>(step) / static_cast<double>(schedule.decay_steps()));
  const double rest = schedule.final_fraction();
  return base * (rest + (1 - rest) * (1 + std::cos(std::numbers::pi * part)) / 2);
}

}  // namespace

float ScheduledRate(const ScheduleConfig& schedule, float base, int64_t step) {
  const int64_t warmup = static_cast<int64_t>(schedule.warmup_steps());
  const int64_t done = step - 1;
  if (done < warmup) {
    return static_cast<float>(static_cast<double>(base) * static_cast<double>(done) /
                              static_cast<double>(warmup));
  }
  if (schedule.has_step()) {
    return static_cast<float>(StepRate(schedule.step(), Written(base), done - warmup));
  }
  if (schedule.has_cosine()) {
    return static_cast<float>(CosineRate(schedule.cosine(), base, done - warmup));
  }
  return base;
}

}  // namespace lockstep
