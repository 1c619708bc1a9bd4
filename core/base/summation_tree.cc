#include "core/base/summation_tree.h"

#include <algorithm>

#include "core/base/check.h"

namespace lockstep {
namespace {

int64_t Width(int level) { return int64_t{1} << level; }

int RootLevel(int64_t leaves) {
  int level = 0;
  while (Width(level) < leaves) ++level;
  return level;
}

void AppendSubtrees(int64_t leaves, TreeNode node, Range run, std::vector<TreeNode>* out) {
  const Range covered = LeavesOf(leaves, node);
  if (covered.size() <= 0 || covered.end <= run.begin || covered.begin >= run.end) return;
  if (run.begin <= covered.begin && covered.end <= run.end) {
    // A truncated node equals its only child: name it by the smallest level, so it has one name.
    while (node.level > 0 && covered.size() <= Width(node.level - 1)) {
      node = {node.level - 1, node.index * 2};
    }
    out->push_back(node);
    return;
  }
  AppendSubtrees(leaves, {node.level - 1, node.index * 2}, run, out);
  AppendSubtrees(leaves, {node.level - 1, node.index * 2 + 1}, run, out);
}

// Returns the position in `nodes` that holds node's value once `out` has run up to here. `next` is
// the first position that is not used yet: nodes are met in their order, so each is looked at once.
int Combine(int64_t leaves, TreeNode node, const std::vector<TreeNode>& nodes, int* next,
            std::vector<Addition>* out) {
  const size_t at = static_cast<size_t>(*next);
  if (at < nodes.size() && LeavesOf(leaves, nodes[at]) == LeavesOf(leaves, node)) {
    return (*next)++;
  }
  LOCKSTEP_CHECK(node.level > 0, "leaf %lld is covered by no node", (long long)node.index);
  const TreeNode right_node = {node.level - 1, node.index * 2 + 1};
  const int left = Combine(leaves, {node.level - 1, node.index * 2}, nodes, next, out);
  if (LeavesOf(leaves, right_node).size() <= 0) return left;
  out->push_back({left, Combine(leaves, right_node, nodes, next, out)});
  return left;
}

}  // namespace

Range EvenPart(int64_t total, int64_t parts, int64_t part) {
  LOCKSTEP_CHECK(parts >= 1 && part >= 0 && part < parts, "part %lld of %lld", (long long)part,
                 (long long)parts);
  const int64_t base = total / parts, longer = total % parts;
  const int64_t begin = part * base + std::min(part, longer);
  return {begin, begin + base + (part < longer ? 1 : 0)};
}

Range LeavesOf(int64_t leaves, TreeNode node) {
  return {std::min(node.index * Width(node.level), leaves),
          std::min((node.index + 1) * Width(node.level), leaves)};
}

std::vector<TreeNode> MaximalSubtrees(int64_t leaves, Range run) {
  std::vector<TreeNode> nodes;
  if (run.size() > 0) AppendSubtrees(leaves, {RootLevel(leaves), 0}, run, &nodes);
  return nodes;
}

std::vector<Addition> CombineNodes(int64_t leaves, const std::vector<TreeNode>& nodes) {
  std::vector<Addition> additions;
  int next = 0;
  const int root = Combine(leaves, {RootLevel(leaves), 0}, nodes, &next, &additions);
  LOCKSTEP_CHECK(root == 0, "the root's value ends in position %d, not 0", root);
  return additions;
}

}  // namespace lockstep
