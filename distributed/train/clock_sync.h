// ClockSync: how far each rank's clock is from rank 0's, from collective calls alone.
//
// Nobody leaves a barrier before all have entered it. So for the times at which rank r and rank 0
// enter and leave one barrier, each by its own clock, with d = r's clock minus rank 0's:
//
//   leave_r - d >= enter_0 and leave_0 >= enter_r - d,
//   so enter_r - leave_0 <= d <= leave_r - enter_0
//
// Every barrier narrows the interval, as the best of several round trips does in NTP (RFC 5905);
// its middle is the estimate and half its width the uncertainty. Where 0 lies inside it is 0:
// ranks of one host share a clock. tests/distributed/train/clock_sync_test.cc sets clocks apart and
// finds that.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_CLOCK_SYNC_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_CLOCK_SYNC_H_

#include <cstdint>
#include <functional>

#include "core/base/clock.h"
#include "core/base/status.h"
#include "distributed/comm/communicator.h"

namespace lockstep {

// One object per rank; one thread at a time.
class ClockSync {
 public:
  // `communicator` is borrowed; `now_ns` is this rank's clock.
  explicit ClockSync(Communicator* communicator, std::function<int64_t()> now_ns = NowNs)
      : communicator_(communicator), now_ns_(std::move(now_ns)) {}

  // Collective: `rounds` barriers, then an exchange. One rank alone measures nothing. Errors: what
  // the communicator reports.
  Status Measure(int rounds = 16);

  // This rank's clock minus rank 0's.
  int64_t offset_ns() const { return offset_ns_; }
  // The largest error that any rank's offset may have; the same on every rank.
  int64_t uncertainty_ns() const { return uncertainty_ns_; }
  // The fastest barrier: what bringing ranks together costs without any data. The same on every
  // rank.
  int64_t barrier_ns() const { return barrier_ns_; }

 private:
  Communicator* communicator_;
  std::function<int64_t()> now_ns_;
  int64_t offset_ns_ = 0;
  int64_t uncertainty_ns_ = 0;
  int64_t barrier_ns_ = 0;
};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_CLOCK_SYNC_H_
