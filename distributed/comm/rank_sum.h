// RankSum: how partial sums that lie on several ranks become one sum, in tree order. What every
// kind of communicator shares.
#ifndef LOCKSTEP_DISTRIBUTED_COMM_RANK_SUM_H_
#define LOCKSTEP_DISTRIBUTED_COMM_RANK_SUM_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/base/summation_tree.h"

namespace lockstep {

// Most partial sums that one rank holds: two per level of the tallest tree.
inline constexpr int kMaxPartials = 64;

// The addition program over the partials of all ranks: rank 0's first, in order.
struct RankSum {
  int64_t leaves = 0;
  std::vector<int> first_partial;   // [ranks + 1]: rank r holds first_partial[r] .. [r + 1] - 1
  std::vector<Addition> additions;  // leaves the sum in partial 0
  int partials(int rank) const {
    return first_partial[static_cast<size_t>(rank) + 1] - first_partial[static_cast<size_t>(rank)];
  }
  int total_partials() const { return first_partial.back(); }
};

// REQUIRES: leaves >= 1, ranks >= 1. More ranks than leaves: some hold nothing.
RankSum MakeRankSum(int64_t leaves, int ranks);

// The sums of `ranks` ranks by their number of leaves, each made once: an epoch's last batch has
// fewer, and a step allocates nothing. Not thread-safe.
class RankSums {
 public:
  explicit RankSums(int ranks) : ranks_(ranks) {}
  // Valid as long as this object.
  const RankSum* Of(int64_t leaves);

 private:
  int ranks_;
  std::vector<std::unique_ptr<RankSum>> sums_;
};

// The part of 0 .. elems-1 that `rank` of `ranks` sums: even, cut at cache lines.
Range SliceOf(int64_t elems, int ranks, int rank);

// to[i] += from[i]. May not overlap.
void AddTo(const float* from, float* to, int64_t elems);

// Runs `additions` on values[k][0 .. elems-1]: the sum ends in values[0], the others are scratch.
// In pieces that stay in the first-level cache. Then copies it to each of `copies` that is not
// values[0] itself.
void SumPartials(std::span<const Addition> additions, std::span<float* const> values,
                 std::span<float* const> copies, int64_t elems);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_COMM_RANK_SUM_H_
