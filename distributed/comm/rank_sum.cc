#include "distributed/comm/rank_sum.h"

#include <algorithm>
#include <cstring>

#include "core/base/check.h"

namespace lockstep {
namespace {

// A cache line of floats; also a trip count that the compiler knows, so that it vectorises.
constexpr int64_t kLineElems = 16;

// Eight values of this many floats fit the first-level cache.
constexpr int64_t kPieceElems = 1024;

}  // namespace

RankSum MakeRankSum(int64_t leaves, int ranks) {
  RankSum sum;
  sum.leaves = leaves;
  sum.first_partial.push_back(0);
  std::vector<TreeNode> nodes;
  for (int rank = 0; rank < ranks; ++rank) {
    const auto mine = MaximalSubtrees(leaves, EvenPart(leaves, ranks, rank));
    LOCKSTEP_CHECK(mine.size() <= kMaxPartials, "%zu partial sums on one rank", mine.size());
    nodes.insert(nodes.end(), mine.begin(), mine.end());
    sum.first_partial.push_back(static_cast<int>(nodes.size()));
  }
  sum.additions = CombineNodes(leaves, nodes);
  return sum;
}

const RankSum* RankSums::Of(int64_t leaves) {
  for (const auto& sum : sums_) {
    if (sum->leaves == leaves) return sum.get();
  }
  return sums_.emplace_back(std::make_unique<RankSum>(MakeRankSum(leaves, ranks_))).get();
}

Range SliceOf(int64_t elems, int ranks, int rank) {
  const Range lines = EvenPart((elems + kLineElems - 1) / kLineElems, ranks, rank);
  return {std::min(lines.begin * kLineElems, elems), std::min(lines.end * kLineElems, elems)};
}

void AddTo(const float* __restrict from, float* __restrict to, int64_t elems) {
  int64_t i = 0;
  for (; i + kLineElems <= elems; i += kLineElems) {
    for (int64_t k = 0; k < kLineElems; ++k) to[i + k] += from[i + k];
  }
  for (; i < elems; ++i) to[i] += from[i];
}

void SumPartials(std::span<const Addition> additions, std::span<float* const> values,
                 std::span<float* const> copies, int64_t elems) {
  for (int64_t begin = 0; begin < elems; begin += kPieceElems) {
    const int64_t piece = std::min(kPieceElems, elems - begin);
    for (const Addition& add : additions) {
      AddTo(values[static_cast<size_t>(add.from)] + begin,
            values[static_cast<size_t>(add.into)] + begin, piece);
    }
    for (float* copy : copies) {
      if (copy == values[0]) continue;
      std::memcpy(copy + begin, values[0] + begin, static_cast<size_t>(piece) * sizeof(float));
    }
  }
}

}  // namespace lockstep
