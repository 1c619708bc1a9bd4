#include "core/nn/memory_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

namespace lockstep {
namespace {

bool Overlap(int64_t a, int64_t a_end, int64_t b, int64_t b_end) { return a < b_end && b < a_end; }

void ExpectApart(const std::vector<Lifetime>& tensors, const MemoryPlan& plan) {
  ASSERT_EQ(plan.offsets.size(), tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    const int64_t begin = plan.offsets[i], end = begin + tensors[i].elems;
    ASSERT_GE(begin, 0);
    ASSERT_LE(end, plan.elems);
    ASSERT_EQ(begin % 16, 0);
    for (size_t j = 0; j < i; ++j) {
      if (!Overlap(tensors[i].first, tensors[i].last + 1, tensors[j].first, tensors[j].last + 1)) {
        continue;
      }
      ASSERT_FALSE(Overlap(begin, end, plan.offsets[j], plan.offsets[j] + tensors[j].elems))
          << "tensors " << i << " and " << j;
    }
  }
}

// What lives long, short, or of either kind; of few sizes or many.
std::vector<Lifetime> RandomTensors(std::mt19937* random) {
  const int count = 1 + static_cast<int>((*random)() % 200);
  const int steps = 2 + static_cast<int>((*random)() % static_cast<unsigned>(count + 1));
  const unsigned longest = (*random)() % 2 == 0 ? 4u : static_cast<unsigned>(steps);
  const unsigned sizes = (*random)() % 2 == 0 ? 8u : 1000u;
  std::vector<Lifetime> tensors;
  for (int i = 0; i < count; ++i) {
    const int first = static_cast<int>((*random)() % static_cast<unsigned>(steps));
    const int last = std::min(steps - 1, first + static_cast<int>((*random)() % longest));
    tensors.push_back({16 * static_cast<int64_t>(1 + (*random)() % sizes), first, last});
  }
  return tensors;
}

TEST(PlanMemory, TensorsThatLiveTogetherLieApartWithinATenthOfTheBound) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 300; ++trial) {
    const auto tensors = RandomTensors(&random);
    const MemoryPlan plan = PlanMemory(tensors);
    ExpectApart(tensors, plan);
    const int64_t bound = MostLiveElems(tensors);
    EXPECT_GE(plan.elems, bound);
    EXPECT_LE(plan.elems, bound + bound / 10) << "trial " << trial;
  }
}

TEST(PlanMemory, ReachesTheBoundOfTheExample) {
  const std::vector<Lifetime> tensors = {{4, 0, 1}, {2, 1, 2}, {2, 2, 3}, {4, 3, 4}};
  EXPECT_EQ(MostLiveElems(tensors), 6);
  EXPECT_EQ(PlanMemory(tensors).elems, 6);
}

TEST(PlanMemory, WhatNeverLivesTogetherSharesOnePlace) {
  const std::vector<Lifetime> tensors = {{32, 0, 0}, {48, 1, 1}, {16, 2, 5}};
  EXPECT_EQ(PlanMemory(tensors).elems, 48);
}

// By size the 3 would lie on the 4, and the 2s would not fit beside each other any more.
TEST(PlanMemory, APlanThatSticksOutIsMadeAgainInAnotherOrder) {
  std::mt19937 random(7);
  int reached = 0;
  for (int trial = 0; trial < 100; ++trial) {
    std::vector<Lifetime> tensors;
    for (int i = 0; i < 12; ++i) {
      const int first = static_cast<int>(random() % 8);
      tensors.push_back({16 * static_cast<int64_t>(1 + random() % 6), first,
                         std::min(7, first + static_cast<int>(random() % 4))});
    }
    reached += PlanMemory(tensors).elems == MostLiveElems(tensors) ? 1 : 0;
  }
  EXPECT_GE(reached, 95);
}

TEST(PlanMemory, NothingNeedsNoMemory) {
  EXPECT_EQ(PlanMemory({}).elems, 0);
  EXPECT_EQ(MostLiveElems({}), 0);
}

}  // namespace
}  // namespace lockstep
