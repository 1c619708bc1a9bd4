// Where tensors that live for a while lie in one block of memory.
//
// A tensor is a length and the steps between which it lives. Two tensors may share memory if no
// step has both. Finding the smallest block is NP-hard (dynamic storage allocation), but networks
// are kind: placing the tensors one by one, large ones first, each at the lowest place where
// nothing that lives with it lies, mostly reaches what no plan can beat: the most elements that are
// alive at one step.
//
//   steps   0 1 2 3 4      a: 4 elements, b: 2, c: 2, d: 4
//   a       x x . . .      a and b live together, so b goes to 4..5; c may lie where b was, but
//   b       . x x . .      lives with it at step 2, so it takes 0..1; d lives with c alone and
//   c       . . x x .      lies at 2..5. Six elements, as many as live at steps 1 and 3.
//   d       . . . x x
//
// Several orders are tried (by size, by size times life, by start, by life). Where all leave a gap
// to the bound, the tensors that stick out above it go to the front of the order, two tensors
// change places so that rounds do not repeat, and all are placed again, for some rounds; the best
// plan is kept ("squeaky wheel": what could not be placed well is placed earlier).
//
// Invariant: the ranges of two tensors that live at one step do not overlap. Cost: tensors^2 per
// order. Source: Pisarchyk and Lee, "Efficient memory management for deep neural net inference",
// 2020; Joslin and Clements, "Squeaky wheel optimization", JAIR 1999.
// tests/core/nn/memory_plan_test.cc holds the invariant and the distance from the bound.
#ifndef LOCKSTEP_CORE_NN_MEMORY_PLAN_H_
#define LOCKSTEP_CORE_NN_MEMORY_PLAN_H_

#include <cstdint>
#include <vector>

namespace lockstep {

// A tensor's size and the steps from its first writer to its last reader, both included.
struct Lifetime {
  int64_t elems = 0;
  int first = 0;
  int last = 0;
};

struct MemoryPlan {
  std::vector<int64_t> offsets;  // of each tensor, in elements
  int64_t elems = 0;             // of the block
};

// The most elements that live at one step: no plan is smaller.
int64_t MostLiveElems(const std::vector<Lifetime>& tensors);

// Places the tensors; the same for the same input. Offsets are multiples of what divides all sizes.
MemoryPlan PlanMemory(const std::vector<Lifetime>& tensors);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_MEMORY_PLAN_H_
