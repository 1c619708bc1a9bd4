// MpiAllReduce: one all-reduce between processes, as a state machine that never blocks.
//
// The elements are cut into one slice per rank, its owner. First every rank sends each owner that
// owner's slice of all its partial sums; the owner adds them in tree order. Then every owner sends
// its finished slice to all. Each rank sends 2 (P - 1) / P of the buffer in all (for one partial
// per rank), which is the least possible, in two rounds whatever P is; recursive halving sends as
// much in 2 log2(P) rounds and fits only equal runs of whole subtrees, so it would pay only where P
// is so large that 2 (P - 1) messages cost more than their bytes. See Thakur, Rabenseifner, Gropp,
// "Optimization of Collective Communication Operations in MPICH" (2005), section 4.
// tests/distributed/comm/mpi_communicator_test.cc holds the result to the thread ranks' bits.
#ifndef LOCKSTEP_DISTRIBUTED_COMM_MPI_ALL_REDUCE_H_
#define LOCKSTEP_DISTRIBUTED_COMM_MPI_ALL_REDUCE_H_

#include <mpi.h>

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/status.h"
#include "core/device/buffer.h"
#include "distributed/comm/rank_sum.h"

namespace lockstep {

// What an MPI call returned, as a Status: PeerLostError with MPI's own words.
Status MpiStatus(int code, const char* call);

// Reusable; allocates only when it grows. One thread at a time, which makes MPI calls.
class MpiAllReduce {
 public:
  // Takes note of the work; sends nothing yet. `sum` is borrowed until the end. `tag` sets this
  // all-reduce apart from others under way.
  void Prepare(MPI_Comm comm, const RankSum* sum, int tag, std::span<float* const> partials,
               float* out, int64_t elems);

  // Goes on as far as it can. True once complete.
  StatusOr<bool> Poll();

 private:
  enum class Stage { kPrepared, kScattering, kGathering, kComplete };

  Range Slice(int rank) const { return SliceOf(elems_, size_, rank); }
  Status StartScatter();
  Status StartGather();
  Status Send(const float* data, Range slice, int peer);
  Status Receive(float* data, int64_t elems, int peer);

  MPI_Comm comm_ = MPI_COMM_NULL;
  const RankSum* sum_ = nullptr;
  int rank_ = 0, size_ = 1, tag_ = 0;
  std::vector<float*> partials_;
  float* out_ = nullptr;
  int64_t elems_ = 0;
  Stage stage_ = Stage::kComplete;
  std::vector<MPI_Request> requests_;
  Buffer<float> staging_;       // the peers' partials of this rank's slice
  std::vector<float*> values_;  // all partials of this rank's slice, in order
};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_COMM_MPI_ALL_REDUCE_H_
