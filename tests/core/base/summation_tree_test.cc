#include "core/base/summation_tree.h"

#include <gtest/gtest.h>

#include <vector>

namespace lockstep {
namespace {

// The tree's sum of `leaves`, by its definition.
float TreeSumOf(const std::vector<float>& leaves, TreeNode node) {
  const int64_t count = static_cast<int64_t>(leaves.size());
  if (node.level == 0) return leaves[static_cast<size_t>(node.index)];
  const TreeNode right = {node.level - 1, node.index * 2 + 1};
  const float left = TreeSumOf(leaves, {node.level - 1, node.index * 2});
  return LeavesOf(count, right).size() > 0 ? left + TreeSumOf(leaves, right) : left;
}

TEST(SummationTree, EverySplitOverRanksGivesTheSameBits) {
  for (int64_t count = 1; count <= 24; ++count) {
    std::vector<float> leaves;
    for (int64_t i = 0; i < count; ++i) leaves.push_back(1.0f / static_cast<float>(3 * i + 1));
    const float expected = TreeSumOf(leaves, {5, 0});
    for (int64_t ranks = 1; ranks <= count + 2; ++ranks) {
      std::vector<TreeNode> nodes;
      for (int64_t rank = 0; rank < ranks; ++rank) {
        for (const TreeNode& node : MaximalSubtrees(count, EvenPart(count, ranks, rank))) {
          nodes.push_back(node);
        }
      }
      std::vector<float> values;
      for (const TreeNode& node : nodes) values.push_back(TreeSumOf(leaves, node));
      for (const Addition& addition : CombineNodes(count, nodes)) {
        values[static_cast<size_t>(addition.into)] += values[static_cast<size_t>(addition.from)];
      }
      EXPECT_EQ(values[0], expected) << count << " leaves on " << ranks << " ranks";
    }
  }
}

// A quadratic search would take hours here.
TEST(SummationTree, AMillionNodesAreCombinedAtOnce) {
  constexpr int64_t kLeaves = (1 << 20) + 1;
  std::vector<TreeNode> nodes;
  for (int64_t leaf = 0; leaf < kLeaves; ++leaf) nodes.push_back({0, leaf});
  EXPECT_EQ(CombineNodes(kLeaves, nodes).size(), static_cast<size_t>(kLeaves - 1));
}

TEST(SummationTree, EvenPartsCoverAllInOrderAndDifferByAtMostOne) {
  for (int64_t total = 0; total <= 20; ++total) {
    for (int64_t parts = 1; parts <= 8; ++parts) {
      int64_t next = 0;
      for (int64_t part = 0; part < parts; ++part) {
        const Range range = EvenPart(total, parts, part);
        EXPECT_EQ(range.begin, next);
        EXPECT_GE(range.size(), total / parts);
        EXPECT_LE(range.size(), total / parts + 1);
        next = range.end;
      }
      EXPECT_EQ(next, total);
    }
  }
}

}  // namespace
}  // namespace lockstep
