#include "distributed/train/gradient_reducer.h"

#include <algorithm>
#include <cstring>

#include "core/base/check.h"
#include "core/base/clock.h"
#include "distributed/comm/rank_sum.h"

namespace lockstep {
namespace {

// A piece that stays in the first-level cache while several merges pass over it.
constexpr int64_t kChunkElems = 2048;

}  // namespace

GradientReducer::GradientReducer(const ParameterLayout& layout, Communicator* communicator,
                                 int64_t microbatches, int64_t first_bucket_bytes,
                                 int64_t bucket_bytes)
    : communicator_(communicator),
      tree_{microbatches},
      run_(EvenPart(microbatches, communicator->size(), communicator->rank())),
      buckets_(MakeBuckets(layout, first_bucket_bytes, bucket_bytes)) {
  int depth = 0, deepest = 1;
  for (int64_t leaf = run_.begin; leaf < run_.end; ++leaf) {
    const auto stack = MaximalSubtrees(microbatches, {run_.begin, leaf + 1});
    const int depth_after = static_cast<int>(stack.size());
    leaves_.push_back({.depth = depth, .merges = depth + 1 - depth_after});
    deepest = std::max(deepest, depth + 1);
    depth = depth_after;
  }
  for (int i = 0; i < deepest; ++i) {
    buffers_.emplace_back(static_cast<size_t>(layout.size_elems()));
  }
  partials_.resize(static_cast<size_t>(depth));
  if (communicator->size() == 1) return;
  for (const Bucket& bucket : buckets_) {
    communicated_bytes_ += depth * bucket.elems.size() * static_cast<int64_t>(sizeof(float));
  }
}

float* GradientReducer::BeginMicrobatch(int64_t local_index) {
  LOCKSTEP_CHECK(local_index >= 0 && local_index < run_.size(), "micro-batch %lld of %lld",
                 (long long)local_index, (long long)run_.size());
  current_ = local_index;
  next_bucket_ = 0;
  return buffers_[static_cast<size_t>(leaves_[static_cast<size_t>(local_index)].depth)].data();
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

void GradientReducer::ZeroMicrobatch(int64_t local_index) {
  float* gradients = BeginMicrobatch(local_index);
  std::memset(gradients, 0, buffers_[0].size() * sizeof(float));
  EndMicrobatch(local_index);
}

Status GradientReducer::Finish() {
  exposed_ns_ = 0;
  if (communicator_->size() == 1) return OkStatus();
  const int64_t start_ns = NowNs();
  if (run_.size() == 0) {
    for (const Bucket& bucket : buckets_) StartAllReduce(bucket);
  }
  const Status status = communicator_->Wait();
  exposed_ns_ = NowNs() - start_ns;
  return status;
}

void GradientReducer::FinishBucket(const Bucket& bucket) {
  const LeafPlan& leaf = leaves_[static_cast<size_t>(current_)];
  for (int64_t begin = bucket.elems.begin; begin < bucket.elems.end; begin += kChunkElems) {
    const int64_t elems = std::min(kChunkElems, bucket.elems.end - begin);
    for (int from = leaf.depth; from > leaf.depth - leaf.merges; --from) {
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
  communicator_->StartAllReduceSum(tree_, partials_, buffers_[0].data() + bucket.elems.begin,
                                   bucket.elems.size());
}

}  // namespace lockstep
