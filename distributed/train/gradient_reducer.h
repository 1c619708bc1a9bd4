// GradientReducer sums the gradients of a batch: over this rank's micro-batches while they are
// computed, and over ranks while the last of them is still in Backward.
//
// A rank's micro-batches are a run of leaves of the summation tree. Their gradients are kept as a
// binary counter: a stack of flat buffers, one per maximal subtree of the leaves so far. A leaf is
// pushed; while the two topmost entries make a whole subtree, the top is added into the one below.
// So M/P leaves need at most about log2(M/P) + 1 buffers, and what is left after the last leaf are
// exactly the rank's maximal subtrees, which the Communicator then combines in tree order.
//
//   leaves 0..4 of M = 8:   0 | 0 1 -> 01 | 01 2 | 01 2 3 -> 01 23 -> 0123 | 0123 4
//
// Adding is done bucket by bucket inside Backward, when the bucket's gradients are final and still
// in the cache; on the last leaf each finished bucket is handed to the Communicator at once.
// tests/distributed/train/gradient_reducer_test.cc holds the sum to the naive one, bit for bit.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_GRADIENT_REDUCER_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_GRADIENT_REDUCER_H_

#include <cstdint>
#include <vector>

#include "core/base/status.h"
#include "core/base/summation_tree.h"
#include "core/device/buffer.h"
#include "core/nn/graph.h"
#include "core/params/parameter_layout.h"
#include "distributed/comm/communicator.h"

namespace lockstep {

// A batch of fewer samples than micro-batches has as many leaves as samples, so no leaf is empty;
// a rank without one takes part in the communication all the same.
//
// One object per rank; one thread at a time. Nothing is allocated after construction. A batch is:
//
//   reducer.BeginBatch(leaves);
//   for (i = 0; i < reducer.microbatches().size(); ++i) {
//     float* gradients = reducer.BeginMicrobatch(i);
//     graph.Backward(..., gradients, reducer.listener(i));
//     reducer.EndMicrobatch(i);
//   }
//   LOCKSTEP_RETURN_IF_ERROR(reducer.Finish());
//   ... reducer.gradients() ...
class GradientReducer final : public GradientListener {
 public:
  // `layout` and `communicator` are borrowed; `leaf_counts`, each >= 1, are the numbers of
  // micro-batches that batches will have. The same on every rank. Buckets close at
  // `end_bucket_bytes` and `bucket_bytes` (MakeBuckets).
  GradientReducer(const ParameterLayout& layout, Communicator* communicator,
                  const std::vector<int64_t>& leaf_counts, int64_t end_bucket_bytes = 1 << 20,
                  int64_t bucket_bytes = 4 << 20);

  // Flat buffers of gradients that `rank` of `ranks` allocates for these numbers of micro-batches.
  static int Buffers(const std::vector<int64_t>& leaf_counts, int ranks, int rank);

  // Starts a batch of `leaves` micro-batches. REQUIRES: `leaves` is one of `leaf_counts`.
  void BeginBatch(int64_t leaves);

  // This rank's micro-batches of the batch; there may be none.
  Range microbatches() const { return plan_->run; }

  // Where Backward writes the gradients [layout.size_elems()] of local micro-batch `local_index`.
  // REQUIRES: called for 0, 1, 2, ... in order, each closed by EndMicrobatch.
  float* BeginMicrobatch(int64_t local_index);
  // What to give to Backward: this object, or nullptr where there is nothing to do during it.
  GradientListener* listener(int64_t local_index) {
    return NeedsListener(local_index) ? this : nullptr;
  }
  // All gradients of the micro-batch are final.
  void EndMicrobatch(int64_t local_index);
  // Collective: waits until gradients() is the sum over the whole batch. Errors: what the
  // communicator reports.
  Status Finish();

  // Gradients are summed over ranks in these pieces, which communicator.LastPieces() tells of.
  const std::vector<Bucket>& buckets() const { return buckets_; }

  // [layout.size_elems()]: the sum, from Finish to the next BeginMicrobatch.
  float* gradients() { return buffers_[0].data(); }

  void OnFinal(int step) override;

 private:
  // What happens when local leaf i is complete: it lies in buffers_[depth]; `merges` times the top
  // of the stack is added into the entry below.
  struct LeafPlan {
    int depth = 0;
    int merges = 0;
  };

  // A batch of a certain number of leaves, on this rank.
  struct BatchPlan {
    TreeSum tree;
    Range run;  // this rank's leaves
    std::vector<LeafPlan> leaves;
    int subtrees = 0;  // maximal ones of `run`: what is left after the last leaf
  };

  static BatchPlan MakePlan(int64_t leaves, int ranks, int rank);
  const LeafPlan& leaf(int64_t local_index) const {
    return plan_->leaves[static_cast<size_t>(local_index)];
  }
  bool IsLast(int64_t local_index) const { return local_index + 1 == plan_->run.size(); }
  bool NeedsListener(int64_t local_index) const {
    return leaf(local_index).merges > 0 || (IsLast(local_index) && communicator_->size() > 1);
  }
  // Merges bucket `bucket` of the current leaf and, on the last leaf, starts its all-reduce.
  void FinishBucket(const Bucket& bucket);
  void StartAllReduce(const Bucket& bucket);

  Communicator* communicator_;
  std::vector<Bucket> buckets_;
  std::vector<BatchPlan> plans_;  // one per leaf count
  const BatchPlan* plan_;         // of the batch under way
  std::vector<Buffer<float>> buffers_;
  std::vector<float*> partials_;  // of one bucket
  int64_t current_ = 0;           // local micro-batch
  size_t next_bucket_ = 0;        // the first that is not final yet
};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_GRADIENT_REDUCER_H_
