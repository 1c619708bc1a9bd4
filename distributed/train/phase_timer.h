// PhaseTimer: where a step's time goes, without a gap: what follows a phase begins where it ended.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_PHASE_TIMER_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_PHASE_TIMER_H_

#include <cstdint>
#include <vector>

#include "core/base/clock.h"
#include "distributed/train/step_record.h"

namespace lockstep {

// One phase of a step as it was, in ticks; kept of the first steps for a trace.
struct PhaseSpan {
  int64_t begin = 0;
  int64_t end = 0;
  int64_t phase = 0;
};

// Adds up the time since the last call to one phase after another; first since `begin`.
class PhaseTimer {
 public:
  // nullptr `phases`: the step is not timed. Unless `spans` is nullptr every phase is added to it.
  PhaseTimer(StepTicks* phases, int64_t begin, std::vector<PhaseSpan>* spans)
      : phases_(phases), spans_(spans), last_(begin) {}

  // The phase ends now. Returns the moment; 0 of a step that is not timed.
  int64_t Stop(StepPhase phase) {
    if (phases_ == nullptr) return 0;
    const int64_t now = NowTicks();
    (*phases_)[phase] += now - last_;
    if (spans_ != nullptr) spans_->push_back({last_, now, phase});
    last_ = now;
    return now;
  }

 private:
  StepTicks* phases_;
  std::vector<PhaseSpan>* spans_;
  int64_t last_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_PHASE_TIMER_H_
