// Where the time of an epoch's steps went, over all ranks: the facts from which a verdict is drawn
// (distributed/train/verdict.h) and that timing.json keeps.
//
// A rank that reaches its last bucket early waits for the others. Of what it does not hide behind
// backward (exposed communication) the part until the last rank's arrival is a wait for that rank,
// which is blamed for it; only the rest is the transfer's own. Arrivals of all ranks are on one
// clock.
//
//   rank 0  backward |--wait for rank 1--|-transfer-| optimizer
//   rank 1  ........ backward .......... |-transfer-| optimizer      rank 1 is late by the wait
//
// tests/distributed/train/epoch_timing_test.cc delays ranks and finds them.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_EPOCH_TIMING_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_EPOCH_TIMING_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/params/parameter_layout.h"
#include "distributed/train/rank_places.h"
#include "distributed/train/step_log.h"
#include "distributed/train/step_record.h"

namespace lockstep {

// One rank; milliseconds are means over the epoch's steps.
struct RankTiming {
  std::array<double, kStepPhases> phase_ms{};
  double wait_ms = 0;      // of exposed communication: for a rank that came later
  double transfer_ms = 0;  // of exposed communication: the rest
  double last_share = 0;   // of the steps in which it came last
  double late_ms = 0;      // median over those: behind the rank that came before it
  double blamed_ms = 0;    // what the step would be shorter had it come with the one before
  double cpu_share = 0;    // of the time it had a core
  double ready_share = 0;  // of the time it waited for a core
  int host = 0;            // index of EpochTiming::hosts
  int64_t microbatches = 0;
};

// One bucket of gradients; means over steps, and over ranks but for transfer_ms.
struct BucketTiming {
  int64_t bytes = 0;
  double ready_ms = 0;     // after backward of the last micro-batch began to hand buckets over
  double transfer_ms = 0;  // since all ranks had it and the bucket before was through, until it is
  double exposed_ms = 0;   // of that, after backward's end
};

// A rank that stood still in some steps.
struct StallTiming {
  int rank = -1;
  int64_t times = 0;
  double each_ms = 0;  // median
  double share = 0;    // of the epoch's steps
};

struct EpochTiming {
  int64_t epoch = 0;
  int64_t steps = 0;
  int64_t samples = 0;    // of a step
  double step_ms = 0;     // mean
  double median_step_ms = 0;
  double exposed_ms = 0;  // median over steps of the ranks' mean transfer_ms
  double bound_ms = 0;    // no order of these transfers ends sooner after the first bucket is ready
  double reached_ms = 0;  // what it took, from there
  double clock_uncertainty_ms = 0;
  double barrier_ms = 0;
  int decode_threads = 0;  // of a rank; 0: samples need only be copied
  std::vector<HostPlace> hosts;
  std::vector<RankTiming> ranks;
  std::vector<BucketTiming> buckets;
  StallTiming stall;
};

// Adds up an epoch. One thread at a time.
class EpochTimer {
 public:
  EpochTimer(const RankPlaces& places, const std::vector<Bucket>& buckets);

  // Step k of the log's last flush.
  void Add(const StepLog& log, size_t k, const StepSummary& step);
  // After all steps of a flush.
  void AddInterval(const StepLog& log);
  // The epoch so far; then begins another one.
  EpochTiming Finish(const ClockSync& clocks);

 private:
  // What is kept of a step of several ranks.
  struct Meeting {
    float late_ms = 0;
    float transfer_ms = 0;
    int32_t last_rank = 0;
  };

  void AddMeeting(const StepLog& log, size_t k);
  void AddBuckets(int64_t latest_ns, const std::vector<int64_t>& backward_end_ns);
  void FinishLateness(double uncertainty_ms, EpochTiming* out) const;
  void FinishStalls(EpochTiming* out) const;

  RankPlaces places_;
  std::vector<Bucket> buckets_;
  EpochTiming sums_;
  int64_t most_microbatches_ = 0;
  double ms_per_rank_ns_ = 0;
  std::vector<std::array<int64_t, kStepPhases>> phase_ns_;  // [ranks], sums
  std::vector<Meeting> meetings_;
  std::vector<float> step_ms_;
  std::vector<StepLogInterval> intervals_;  // [ranks], sums
  std::vector<StepRecord> records_;         // [ranks], of a step
  std::vector<PieceTimes> pieces_;          // [ranks, buckets], of a step
};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_EPOCH_TIMING_H_
