// StepLog keeps each rank's records of the last steps and, now and then, brings them together on
// every rank: so a step itself needs no collective beside its gradients, and the loss of a batch is
// still the sum over its micro-batches in tree order, the same bits for every number of ranks.
//
// Looking at the clock five times takes some 30 ns, which a step of a microsecond would feel. Where
// steps of one rank are that short every eighth is timed; those between share the time that passed,
// in its proportions, so that phases still sum to the wall time.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_STEP_LOG_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_STEP_LOG_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/status.h"
#include "core/base/summation_tree.h"
#include "distributed/comm/communicator.h"
#include "distributed/train/clock_sync.h"
#include "distributed/train/step_record.h"

namespace lockstep {

// From one flush to the next on a rank.
struct StepLogInterval {
  int64_t elapsed_ns = 0;
  int64_t cpu_ns = 0;    // for which its thread had a core
  int64_t ready_ns = 0;  // for which it waited for one; 0 where the system does not tell
};

// One object per rank; one thread at a time. Nothing is allocated between Flush calls.
class StepLog {
 public:
  // `capacity` steps of up to `microbatches` micro-batches fit between two flushes; each has the
  // times of `pieces` all-reduces.
  StepLog(Communicator* communicator, int64_t microbatches, int64_t capacity, int64_t pieces = 0);

  // A capacity for steps of so many micro-batches: no more than memory allows, the same on every
  // rank.
  static int64_t MostSteps(int64_t microbatches);

  // Whether the next step needs a Flush first. The same on every rank: flushes come about once a
  // second, by the number of steps that rank 0 took in the last one.
  bool FlushDue() const { return count_ >= flush_steps_; }

  // Whether the next step should be timed; the first one after a flush is.
  bool TimesNext() const { return count_ % stride_ == 0; }

  // Starts the record of the next step, which begins at `begin_ticks`; 0: it is not timed, and
  // follows the one before without a gap. REQUIRES: not FlushDue(); head.microbatches <=
  // `microbatches`; begin_ticks != 0 where TimesNext().
  void Begin(const StepHead& head, int64_t begin_ticks);
  // Sums of this rank's `local_index`-th micro-batch of the step that was begun.
  // REQUIRES: called for each of them.
  void SetLeaf(int64_t local_index, const LossSums& sums) {
    leaves_[static_cast<size_t>((count_ - 1) * local_leaves_ + local_index)] = sums;
  }
  // Where the step's times are added up.
  StepTicks& ticks() { return ticks_[static_cast<size_t>(count_ - 1)]; }
  // When the step's all-reduces ran, in ticks; one of another number than `pieces` is left out.
  void SetPieces(std::span<const PieceTimes> pieces) {
    if (static_cast<int64_t>(pieces.size()) != pieces_) return;
    std::copy(pieces.begin(), pieces.end(),
              piece_ticks_.begin() + static_cast<ptrdiff_t>((count_ - 1) * pieces_));
  }

  // Collective: the steps since the last flush, over all ranks, in order; then forgets them. The
  // result is valid until the next flush. Errors: NotFiniteError naming the first step whose loss
  // is NaN or Inf and the rank and micro-batch it came from; what the communicator reports.
  // `stop` is this rank's wish to end; any_stop() afterwards is whether any rank had it.
  StatusOr<const std::vector<StepSummary>*> Flush(bool stop);
  bool any_stop() const { return any_stop_; }

  // Of step k of the last flush on `rank`, and its all-reduces, in nanoseconds since the step
  // began.
  StepRecord Record(size_t k, int rank) const;
  void Pieces(size_t k, int rank, std::span<PieceTimes> out) const;
  // Whether step k of the last flush is the one that stands for those that share their time.
  bool IsLastOfShare(size_t k) const {
    const size_t stride = static_cast<size_t>(gathered_stride_);
    return k % stride == stride - 1;
  }
  int64_t pieces() const { return pieces_; }
  // What `rank` did between the last two flushes.
  StepLogInterval Interval(int rank) const;

  // Collective: measures clocks at the start; a flush does so again every ten seconds or so.
  Status SyncClocks();
  const ClockSync& clocks() const { return clocks_; }
  // This rank's ticks on rank 0's clock, for moments within the last seconds.
  int64_t NsOf(int64_t ticks) const;

 private:
  // The header of what a rank sends at a flush.
  struct Header : StepLogInterval {
    int64_t stop = 0;
  };

  // Gives steps that were not timed the time between those that were, the last until now.
  void ShareTime();
  // What this rank sends at a flush: a header, its steps' times, then its micro-batches' sums.
  std::string Message(bool stop) const;
  void ReadHeaders(const std::vector<std::string>& all);
  // Where the all-reduces of step k of `count` begin in such a message.
  size_t PiecesOffset(int64_t k, int64_t count) const;
  // Step k since the last flush, from what every rank sent.
  Status CombineStep(int64_t k, StepSummary* out);

  Communicator* communicator_;
  int64_t microbatches_;
  int64_t capacity_;
  int64_t pieces_;
  int64_t local_leaves_;
  int64_t count_ = 0;
  int64_t flush_steps_ = 1;
  int64_t stride_ = 1;  // from one step that is timed to the next
  StepLogInterval last_flush_;  // sums since the thread began
  int64_t since_sync_ns_ = 0;  // the same on every rank
  bool any_stop_ = false;
  std::vector<StepHead> heads_;
  std::vector<StepTicks> ticks_;
  std::vector<int64_t> begin_ticks_;
  std::vector<PieceTimes> piece_ticks_;  // [capacity, pieces]
  TickScale tick_scale_;
  ClockSync clocks_;
  std::vector<std::string> gathered_;  // by the last flush
  int64_t gathered_count_ = 0;
  int64_t gathered_stride_ = 1;
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
