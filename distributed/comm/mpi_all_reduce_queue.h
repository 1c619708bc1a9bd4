// MpiAllReduceQueue: all-reduces between processes, in order, cut into pieces of which a window is
// under way.
//
// A link carries both ways at once, but an owner of a slice has nothing to send of it before all
// partials of that slice are there. So one all-reduce of a huge tensor uses a link one way at a
// time: a rank that is ahead by a tensor sends its sums while the others still send partials, then
// waits while they do. Pieces bound by how much ranks get out of step, and always have some whose
// sums can go out while partials of others come in. The window is what keeps older pieces first:
// what MPI has taken, it sends in order.
//
//   whole    partials >>>>>>>>>>>>>            pieces   >1>2>3>4>5>6>
//            partials <<<<<<<<<                         <1<2<3<4<5<6<
//                sums          >>>>>>>                    >1>2>3>4>5>6   at the same time
//
// An element is added in tree order whatever piece it lies in, so cutting changes no bits.
// tests/distributed/comm/conformance.cc sums tensors of several pieces.
#ifndef LOCKSTEP_DISTRIBUTED_COMM_MPI_ALL_REDUCE_QUEUE_H_
#define LOCKSTEP_DISTRIBUTED_COMM_MPI_ALL_REDUCE_QUEUE_H_

#include <mpi.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/status.h"
#include "distributed/comm/communicator.h"
#include "distributed/comm/mpi_all_reduce.h"
#include "distributed/comm/rank_sum.h"

namespace lockstep {

// Allocates only when it grows. One thread at a time, which makes MPI calls.
class MpiAllReduceQueue {
 public:
  explicit MpiAllReduceQueue(MPI_Comm comm);

  // Adds an all-reduce; sends nothing yet. `sum` is borrowed until the end.
  void Add(const RankSum* sum, std::span<float* const> partials, float* out, int64_t elems);
  // Goes on as far as it can. Errors: PeerLostError.
  Status Poll();

  bool complete() const { return finished_ == calls_.size(); }
  // Of the all-reduces that are not complete.
  int64_t pending_bytes() const { return pending_bytes_; }
  // Of all since Clear, in order: `done` of those that are complete.
  std::span<const PieceTimes> times() const { return times_; }
  // Forgets what is complete. REQUIRES: complete().
  void Clear();

 private:
  struct Call {
    const RankSum* sum = nullptr;
    size_t first_partial = 0;  // in partials_
    size_t partials = 0;
    float* out = nullptr;
    int64_t elems = 0;
    int pieces = 0;
    int finished_pieces = 0;
  };

  static constexpr int64_t kWindow = 32;

  MpiAllReduce& Slot(int64_t piece) { return slots_[static_cast<size_t>(piece % kWindow)]; }
  // Makes the next piece ready in a free slot. False if all calls are cut up.
  bool PrepareNext();
  void FinishCalls();

  MPI_Comm comm_;
  int64_t piece_elems_;
  std::array<MpiAllReduce, kWindow> slots_;
  int64_t first_piece_ = 0, next_piece_ = 0;  // under way, counted over all calls ever
  std::vector<Call> calls_;                   // since Clear
  std::vector<PieceTimes> times_;             // of calls_
  std::vector<float*> partials_;              // of calls_
  std::vector<float*> piece_partials_;        // scratch
  size_t finished_ = 0;                       // calls that are complete
  size_t cutting_ = 0;                        // the call that the next piece is of
  int next_of_call_ = 0;                      // which of its pieces
  int64_t pending_bytes_ = 0;
};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_COMM_MPI_ALL_REDUCE_QUEUE_H_
