#include "distributed/train/gradient_reducer.h"

#include <algorithm>

#include "core/base/check.h"
#include "distributed/comm/rank_sum.h"

namespace lockstep {
namespace {

// A piece that stays in the first-level cache while several merges pass over it.
constexpr int64_t kChunkElems = 2048;

}  // namespace

GradientReducer::GradientReducer(const ParameterLayout& layout, Communicator* communicator,
                                 const std::vector<int64_t>& leaf_counts,
                                 int64_t end_bucket_bytes, int64_t bucket_bytes)
    : communicator_(communicator), buckets_(MakeBuckets(layout, end_bucket_bytes, bucket_bytes)) {
  for (const int64_t leaves : leaf_counts) {
    plans_.push_back(MakePlan(leaves, communicator->size(), communicator->rank()));
  }
  plan_ = &plans_.front();
  const int buffers = Buffers(leaf_counts, communicator->size(), communicator->rank());
  for (int i = 0; i < buffers; ++i) {
    buffers_.emplace_back(static_cast<size_t>(layout.size_elems()));
  }
  partials_.reserve(static_cast<size_t>(buffers));
}

int GradientReducer::Buffers(const std::vector<int64_t>& leaf_counts, int ranks, int rank) {
  int deepest = 0;
  for (const int64_t leaves : leaf_counts) {
    for (const LeafPlan& leaf : MakePlan(leaves, ranks, rank).leaves) {
      deepest = std::max(deepest, leaf.depth);
    }
  }
  return deepest + 1;
}

GradientReducer::BatchPlan GradientReducer::MakePlan(int64_t leaves, int ranks, int rank) {
  const Range run = EvenPart(leaves, ranks, rank);
  BatchPlan plan = {{leaves}, run, {}, 0};
  for (int64_t leaf = plan.run.begin; leaf < plan.run.end; ++leaf) {
    const auto stack = MaximalSubtrees(leaves, {plan.run.begin, leaf + 1});
    const int depth_after = static_cast<int>(stack.size());
    plan.leaves.push_back({.depth = plan.subtrees, .merges = plan.subtrees + 1 - depth_after});
    plan.subtrees = depth_after;
  }
  return plan;
}

void GradientReducer::BeginBatch(int64_t leaves) {
  if (plan_->tree.leaves != leaves) {
    const auto found =
        std::find_if(plans_.begin(), plans_.end(),
                     [&](const BatchPlan& plan) { return plan.tree.leaves == leaves; });
    LOCKSTEP_CHECK(found != plans_.end(), "no plan for %lld micro-batches", (long long)leaves);
    plan_ = &*found;
  }
  partials_.resize(static_cast<size_t>(plan_->subtrees));
}

float* GradientReducer::BeginMicrobatch(int64_t local_index) {
  LOCKSTEP_CHECK(local_index >= 0 && local_index < plan_->run.size(), "micro-batch %lld of %lld",
                 (long long)local_index, (long long)plan_->run.size());
  current_ = local_index;
  next_bucket_ = 0;
  return buffers_[static_cast<size_t>(leaf(local_index).depth)].data();
}

void GradientReducer::OnFinal(int step) {
  while (next_bucket_ < buckets_.size() && buckets_[next_bucket_].final_step <= step) {
    FinishBucket(buckets_[next_bucket_++]);
  }
}

void GradientReducer::EndMicrobatch(int64_t local_index) {
  LOCKSTEP_CHECK(local_index == current_, "micro-batch %lld ends, %lld was begun",
                 (long long)local_index, (long long)current_);
  if (!NeedsListener(local_index)) return;
  while (next_bucket_ < buckets_.size()) FinishBucket(buckets_[next_bucket_++]);
}

Status GradientReducer::Finish() {
  if (communicator_->size() == 1) return OkStatus();
  if (plan_->run.size() == 0) {
    for (const Bucket& bucket : buckets_) StartAllReduce(bucket);
  }
  return communicator_->Wait();
}

void GradientReducer::FinishBucket(const Bucket& bucket) {
  const LeafPlan& merged = leaf(current_);
  for (int64_t begin = bucket.elems.begin; begin < bucket.elems.end; begin += kChunkElems) {
    const int64_t elems = std::min(kChunkElems, bucket.elems.end - begin);
    for (int from = merged.depth; from > merged.depth - merged.merges; --from) {
      AddTo(buffers_[static_cast<size_t>(from)].data() + begin,
            buffers_[static_cast<size_t>(from - 1)].data() + begin, elems);
    }
  }
  if (IsLast(current_) && communicator_->size() > 1) StartAllReduce(bucket);
}

void GradientReducer::StartAllReduce(const Bucket& bucket) {
  for (size_t i = 0; i < partials_.size(); ++i) {
    partials_[i] = buffers_[i].data() + bucket.elems.begin;
  }
  communicator_->StartAllReduceSum(plan_->tree, partials_, buffers_[0].data() + bucket.elems.begin,
                                   bucket.elems.size());
}

}  // namespace lockstep
