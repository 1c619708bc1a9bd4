// StepTrace: the first steps of all ranks on one clock, as a Chrome trace, which Perfetto
// (ui.perfetto.dev) and chrome://tracing open.
//
// Each rank is a process of the trace: one row of phases, and one row per bucket from the moment at
// which the rank had it until its sum was there. Exposed communication is cut where the last rank
// arrived: "wait for rank 1", then "transfer". Format: "Trace Event Format" (Chromium project).
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_STEP_TRACE_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_STEP_TRACE_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "distributed/comm/communicator.h"
#include "distributed/train/phase_timer.h"
#include "distributed/train/rank_places.h"
#include "distributed/train/step_log.h"

namespace lockstep {

// One object per rank; one thread at a time. Nothing is allocated in a step.
class StepTrace {
 public:
  // Keeps the first `steps` steps, each with `buckets` all-reduces and up to `spans` phases; 0
  // steps: none.
  StepTrace(int64_t steps, int64_t spans, int64_t buckets);

  // Where the next step's phases go; nullptr once there are enough.
  std::vector<PhaseSpan>* spans() { return taken_ < steps_ ? &spans_ : nullptr; }
  // A step is over, whose all-reduces ran so.
  void EndStep(std::span<const PieceTimes> pieces);
  // Whether there is something to write: enough steps, or any at the end of training. The same on
  // every rank.
  bool Due(bool end) const { return !written_ && taken_ > 0 && (end || taken_ == steps_); }

  // Collective: brings the ranks' spans together; rank 0 writes `path`. Errors: CannotWriteError,
  // what the communicator reports.
  Status Write(Communicator* communicator, const StepLog& log, const RankPlaces& places,
               const std::string& path);

 private:
  int64_t steps_, buckets_;
  int64_t taken_ = 0;
  bool written_ = false;
  std::vector<PhaseSpan> spans_;
  std::vector<PieceTimes> pieces_;  // [steps, buckets]
};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_STEP_TRACE_H_
