// StepLog keeps each rank's records of the last steps and, now and then, brings them together on
// every rank: so a step itself needs no collective beside its gradients, and the loss of a batch is
// still the sum over its micro-batches in tree order, the same bits for every number of ranks.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_STEP_LOG_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_STEP_LOG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/status.h"
#include "core/base/summation_tree.h"
#include "distributed/comm/communicator.h"
#include "distributed/train/step_record.h"

namespace lockstep {

// One object per rank; one thread at a time. Nothing is allocated between Flush calls.
class StepLog {
 public:
  // `capacity` steps of up to `microbatches` micro-batches fit between two flushes.
  StepLog(Communicator* communicator, int64_t microbatches, int64_t capacity);

  // A capacity for steps of so many micro-batches: no more than memory allows, the same on every
  // rank.
  static int64_t MostSteps(int64_t microbatches);

  // Whether the next step needs a Flush first. The same on every rank: flushes come about once a
  // second, by the number of steps that rank 0 took in the last one.
  bool FlushDue() const { return count_ >= flush_steps_; }

  // Starts the record of the next step. REQUIRES: not FlushDue(); head.microbatches <=
  // `microbatches`.
  void Begin(const StepHead& head);
  // Sums of this rank's `local_index`-th micro-batch of the step that was begun.
  // REQUIRES: called for each of them.
  void SetLeaf(int64_t local_index, const LossSums& sums) {
    leaves_[static_cast<size_t>((count_ - 1) * local_leaves_ + local_index)] = sums;
  }
  // Where the step's times are added up.
  StepTicks& ticks() { return ticks_[static_cast<size_t>(count_ - 1)]; }

  // Collective: the steps since the last flush, over all ranks, in order; then forgets them. The
  // result is valid until the next flush. Errors: NotFiniteError naming the first step whose loss
  // is NaN or Inf and the rank and micro-batch it came from; what the communicator reports.
  // `stop` is this rank's wish to end; any_stop() afterwards is whether any rank had it.
  StatusOr<const std::vector<StepSummary>*> Flush(bool stop);
  bool any_stop() const { return any_stop_; }

 private:
  // The header of what a rank sends at a flush.
  struct Header {
    int64_t stop = 0;
    int64_t elapsed_ns = 0;  // since its last flush
  };

  // What this rank sends at a flush: a header, its steps' times, then its micro-batches' sums.
  std::string Message(bool stop) const;
  void ReadHeaders(const std::vector<std::string>& all);
  // Step k since the last flush, from what every rank sent.
  Status CombineStep(const std::vector<std::string>& all, int64_t k, StepSummary* out);

  Communicator* communicator_;
  int64_t microbatches_;
  int64_t capacity_;
  int64_t local_leaves_;
  int64_t count_ = 0;
  int64_t flush_steps_ = 1;
  int64_t last_flush_ns_;
  bool any_stop_ = false;
  std::vector<StepHead> heads_;
  std::vector<StepTicks> ticks_;
  TickScale tick_scale_;
  std::vector<LossSums> leaves_;     // [capacity, local_leaves]
  std::vector<Addition> additions_;  // tree order over all micro-batches
  std::vector<LossSums> sums_;       // [microbatches], of one step; scratch
  std::vector<StepSummary> summaries_;
};

// The sum over `leaves` [n] in tree order; `additions` = CombineNodes of the n leaves. Overwrites
// `leaves`.
LossSums SumInTreeOrder(const std::vector<Addition>& additions, LossSums* leaves);

// to += from.
void AddSums(const LossSums& from, LossSums* to);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_STEP_LOG_H_
