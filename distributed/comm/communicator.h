// Communicator: what ranks do together. The whole contract; core and graph know nothing of it.
#ifndef LOCKSTEP_DISTRIBUTED_COMM_COMMUNICATOR_H_
#define LOCKSTEP_DISTRIBUTED_COMM_COMMUNICATOR_H_

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/base/summation_tree.h"

namespace lockstep {

// How one all-reduce sums: leaves 0 .. leaves-1 of the summation tree, rank r holding the run
// EvenPart(leaves, size, r) as one partial sum per maximal subtree. The same on every rank.
struct TreeSum {
  int64_t leaves = 1;
};

// When one all-reduce ran, in NowTicks of core/base/clock.h: handed over, and known to be complete.
struct PieceTimes {
  int64_t ready = 0;
  int64_t done = 0;
};

// Names a call of another library that all ranks make. Numbers grow from call to call.
struct OutsideCall {
  const char* kind = "";  // "all-reduce"
  int64_t number = 0;
};

// Every call is collective: all ranks make the same calls in the same order. One thread per rank
// calls. After an error every further call returns that error. A peer that does not answer within
// the deadline given at construction is named in a PeerLostError.
class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  // "threads", "mpi".
  virtual std::string kind() const = 0;

  // Starts out = sum over all leaves, in tree order: the same bits for every number of ranks.
  // partials[k] [elems] is the sum of this rank's k-th maximal subtree (none where the rank holds
  // no leaf); they may be used as scratch; out may be partials[0]. Returns at once: the array of
  // pointers is copied, the memory is untouched by the caller until Wait. Pieces are finished in
  // the order they were started.
  virtual void StartAllReduceSum(const TreeSum& tree, std::span<float* const> partials, float* out,
                                 int64_t elems) = 0;
  // Until everything started is complete.
  virtual Status Wait() = 0;
  // The all-reduces that the last Wait completed, in order; valid until the next one starts. Local.
  virtual std::span<const PieceTimes> LastPieces() const = 0;
  // Rank `root`'s bytes to everyone.
  virtual Status Broadcast(std::span<std::byte> bytes, int root) = 0;
  // all[r] = what rank r gave; lengths may differ.
  virtual StatusOr<std::vector<std::string>> AllGather(const std::string& mine) = 0;
  virtual Status Barrier() = 0;
  // Waits for a call of another library as for one of this communicator's: looks by `poll` until it
  // is true. An error of `poll` counts as one of this communicator.
  virtual Status Await(const OutsideCall& call, const std::function<StatusOr<bool>()>& poll) = 0;
  // Makes every rank's pending and future calls fail with `cause` as soon as they notice. Any
  // thread.
  virtual void Abort(const Status& cause) = 0;
};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_COMM_COMMUNICATOR_H_
