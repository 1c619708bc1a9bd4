// LocalGroup: what the thread ranks of one process share: who has arrived at which call, with
// which memory, and who has done its part of it.
//
// Each rank counts the calls it has arrived at and the calls whose part it has done; both counters
// only grow, and only their rank writes them. A call's parameters (its Post) lie in a ring, so that
// nothing is allocated in a call. Rank r may reuse its Post of call k for call k + kRing once all
// ranks have done call k. A rank that waits spins for some microseconds if every rank can have a
// core, and then sleeps; the rank whose arrival completes a call wakes the sleepers.
#ifndef LOCKSTEP_DISTRIBUTED_COMM_LOCAL_GROUP_H_
#define LOCKSTEP_DISTRIBUTED_COMM_LOCAL_GROUP_H_

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "distributed/comm/communicator.h"
#include "distributed/comm/rank_sum.h"

namespace lockstep {

enum class CallKind { kAllReduce, kBroadcast, kAllGather, kBarrier };

// What one rank brings to one call. Every rank must bring the same of the first three.
struct Post {
  CallKind kind = CallKind::kBarrier;
  int64_t size = 0;   // elements to reduce, bytes to broadcast
  int64_t extra = 0;  // leaves of the tree, root of a broadcast
  float* out = nullptr;
  std::array<float*, kMaxPartials> partials{};
  std::byte* bytes = nullptr;
  const std::string* text = nullptr;
  std::vector<std::string>* gathered = nullptr;
};

// Thread-safe; `rank` is the caller's.
class LocalGroup {
 public:
  LocalGroup(int ranks, std::chrono::milliseconds deadline);

  int ranks() const { return static_cast<int>(states_.size()); }

  // Rank's Post of call `call`; the caller's own may be written before Arrive.
  Post& post(int64_t call, int rank);
  // Publishes the rank's Post of its next call.
  void Arrive(int rank) { Count(&State::arrived, rank); }
  // Says that the rank has done its part of its next undone call.
  void Done(int rank) { Count(&State::done, rank); }

  bool AllArrived(int64_t call) const { return All(&State::arrived, call); }
  bool AllDone(int64_t call) const { return All(&State::done, call); }
  // Until all ranks have arrived at / done `call`, or the group has failed. Fails the group if that
  // takes longer than the deadline. False if the group has failed and they have not.
  bool AwaitArrived(int64_t call, int rank) { return Await(&State::arrived, call, rank); }
  bool AwaitDone(int64_t call, int rank) { return Await(&State::done, call, rank); }

  // Until `poll` is true. Fails the group if that takes longer than the deadline, naming the ranks
  // that have not come to a call of this number, or if `poll` does.
  Status AwaitOutside(const OutsideCall& call, int rank,
                      const std::function<StatusOr<bool>()>& poll);

  // Between Enter and Leave a rank may touch its peers' memory. Enter is false, and there is
  // nothing to leave, once the group has failed.
  bool Enter(int rank);
  void Leave(int rank);

  // The first failure stays. Returns once no rank touches another's memory.
  void Fail(const Status& cause);
  bool failed() const { return failed_.load(std::memory_order_acquire); }
  // OK while the group has not failed. Else the cause, once no rank touches another's memory.
  Status status();

  // Calls that may be under way at once.
  static constexpr int64_t kRing = 64;

 private:
  // One cache line per rank.
  struct alignas(64) State {
    std::atomic<int64_t> arrived{0};
    std::atomic<int64_t> done{0};
    std::atomic<bool> inside{false};
    std::atomic<int64_t> outside{-1};  // number of the last call of another library waited for
  };
  using Counter = std::atomic<int64_t> State::*;

  void Count(Counter counter, int rank);
  bool All(Counter counter, int64_t call) const;
  bool Await(Counter counter, int64_t call, int rank);
  bool Sleep(Counter counter, int64_t call);
  Status OutsideLostError(const OutsideCall& call);
  Status LostError(Counter counter, int64_t call, int rank);
  void AwaitNobodyInside();

  std::chrono::milliseconds deadline_;
  int spins_;
  std::vector<State> states_;
  std::vector<Post> posts_;  // [kRing, ranks]
  std::atomic<bool> failed_{false};
  std::atomic<int> sleepers_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  Status cause_;  // under mutex_
};

// "all-reduce 17".
std::string CallName(CallKind kind, int64_t call);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_COMM_LOCAL_GROUP_H_
