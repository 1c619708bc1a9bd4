// The learning rate as a function of the step.
#ifndef LOCKSTEP_CORE_OPTIM_SCHEDULE_H_
#define LOCKSTEP_CORE_OPTIM_SCHEDULE_H_

#include <cstdint>

#include "proto/config.pb.h"

namespace lockstep {

// The rate of step `step` (counted from 1): `base` as `schedule` says; formulas in
// proto/config.proto, rounded to float once.
float ScheduledRate(const ScheduleConfig& schedule, float base, int64_t step);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPTIM_SCHEDULE_H_
