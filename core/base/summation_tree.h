// The fixed binary tree by which everything that is summed over samples is summed.
//
// Its leaves are the micro-batches 0 .. M-1 of a batch. Node (level l, index i) covers leaves
// [i * 2^l, min((i+1) * 2^l, M)); its value is value(l-1, 2i) + value(l-1, 2i+1), or the left
// child's alone where the right one covers nothing. The tree depends on M only, so a sum has the
// same bits however the leaves are spread over ranks.
//
//   M = 5:  (3,0) = (2,0) + (2,1)
//           (2,0) = (1,0) + (1,1)    (2,1) = leaf 4
//           (1,0) = leaf 0 + leaf 1  (1,1) = leaf 2 + leaf 3
//
// A rank holds a contiguous run of leaves. The run is the disjoint union of its maximal subtrees,
// at most 2 log2(M) of them; the rank sums each by itself, the sums across ranks are added in tree
// order by whoever owns the slice. tests/core/base/summation_tree_test.cc holds this.
#ifndef LOCKSTEP_CORE_BASE_SUMMATION_TREE_H_
#define LOCKSTEP_CORE_BASE_SUMMATION_TREE_H_

#include <cstdint>
#include <vector>

namespace lockstep {

// Half-open range of leaves or samples.
struct Range {
  int64_t begin = 0;
  int64_t end = 0;
  int64_t size() const { return end - begin; }
  bool operator==(const Range&) const = default;
};

// One node of the tree.
struct TreeNode {
  int level = 0;
  int64_t index = 0;
  bool operator==(const TreeNode&) const = default;
};

// Part `part` of `parts` of 0 .. total-1, as even as order allows: the first total % parts parts
// are one longer. Used for samples -> micro-batches and for micro-batches -> ranks. REQUIRES: parts
// >= 1, 0 <= part < parts.
Range EvenPart(int64_t total, int64_t parts, int64_t part);

// The maximal subtrees that make up `run` of the tree over `leaves` leaves, left to right.
std::vector<TreeNode> MaximalSubtrees(int64_t leaves, Range run);

// The leaves below `node` in the tree over `leaves` leaves.
Range LeavesOf(int64_t leaves, TreeNode node);

// An addition program: values 0 .. inputs-1 are given; step k does value[into] += value[from].
// After all steps the sum is in value[0].
struct Addition {
  int into = 0;
  int from = 0;
  bool operator==(const Addition&) const = default;
};

// The additions that combine disjoint nodes which together cover all leaves (left to right, as the
// concatenation of every rank's MaximalSubtrees) into the root, in tree order.
// REQUIRES: `nodes` cover 0 .. leaves-1 exactly.
std::vector<Addition> CombineNodes(int64_t leaves, const std::vector<TreeNode>& nodes);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_BASE_SUMMATION_TREE_H_
