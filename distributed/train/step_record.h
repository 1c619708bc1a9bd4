// What is kept of one optimizer step, first per rank (StepRecord), then over all ranks
// (StepSummary).
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_STEP_RECORD_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_STEP_RECORD_H_

#include <array>
#include <cstdint>

#include "core/ops/specs.h"

namespace lockstep {

// The parts of a step's wall time.
enum StepPhase { kInput, kForward, kBackward, kCommunication, kOptimizer, kStepPhases };

// The names of the phases in steps.jsonl, without the unit.
inline constexpr std::array<const char*, kStepPhases> kStepPhaseNames = {
    "input", "forward", "backward", "exposed_communication", "optimizer"};

// One rank's times of one step as they are taken, in ticks of core/base/clock.h.
using StepTicks = std::array<int64_t, kStepPhases>;

// The same in nanoseconds; communication is what backward did not hide. The phases follow each
// other without a gap, so that a step lasts as long as their sum.
struct StepRecord {
  int64_t begin_ns = 0;  // on rank 0's clock
  std::array<int64_t, kStepPhases> phase_ns{};
};

// What is known of a step before it is taken.
struct StepHead {
  int64_t step = 0;   // counted from 1 over the whole run
  int64_t epoch = 0;  // counted from 1
  int64_t samples = 0;
  int64_t microbatches = 0;
  float learning_rate = 0;
  double penalty = 0;  // what the loss has beside its samples' losses
};

// One step over all ranks.
struct StepSummary : StepHead {
  LossSums sums;  // over the batch, before the update
  StepRecord rank_0;
  StepRecord slowest;  // per phase, the largest over ranks
};

// One epoch over all ranks.
struct EpochSummary {
  int64_t epoch = 0;  // counted from 1
  int64_t samples = 0;
  LossSums sums;      // over the epoch's batches while training
  int64_t validation_samples = 0;
  LossSums validation;
  double seconds = 0;
  double samples_per_second = 0;
  float learning_rate = 0;  // of the last step
};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_STEP_RECORD_H_
