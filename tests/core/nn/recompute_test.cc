#include "core/nn/recompute.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <string>

#include "tests/testing/random_network.h"

namespace lockstep {
namespace {

// Layers in a row, as a convolutional network has them: a product, then something cheap behind it.
ScheduleNetwork Chain(int layers) {
  ScheduleNetwork network;
  for (int i = 0; i < layers; ++i) {
    const bool product = i % 2 == 0;
    network.nodes.push_back({.inputs = {i - 1},
                             .has_parameters = true,
                             .output_elems = 16,
                             .multiply_adds = product ? 100 : 0,
                             .inputs_saved = true});
  }
  network.outputs = {layers - 1};
  return network;
}

TEST(Recompute, NothingIsComputedAgainWhereAllFits) {
  const TrainingPlan kept = PlanWithin(Chain(40), 16 * 41);
  EXPECT_EQ(kept.plan.elems, 16 * 41);
  EXPECT_EQ(kept.schedule.again_multiply_adds, 0);
}

TEST(Recompute, WhatIsCheapIsComputedAgainFirst) {
  // The 20 products' outputs are kept, the others computed again one at a time.
  const TrainingPlan plan = PlanWithin(Chain(40), 16 * 25);
  EXPECT_LE(plan.plan.elems, 16 * 25);
  EXPECT_EQ(plan.schedule.again_multiply_adds, 0);
}

TEST(Recompute, TheSmallestPlanGrowsWithTheRootOfTheLayers) {
  for (const int layers : {16, 64, 256}) {
    const double most = 16 * (2 * std::sqrt(layers) + 6);
    EXPECT_LE(static_cast<double>(SmallestPlan(Chain(layers)).plan.elems), most) << layers;
  }
}

TEST(Recompute, ALooserLimitCostsNoMore) {
  int64_t cost = INT64_MAX;
  for (int64_t elems = 16 * 18; elems <= 16 * 66; elems += 16 * 4) {
    const TrainingPlan plan = PlanWithin(Chain(64), elems);
    EXPECT_LE(plan.plan.elems, elems);
    EXPECT_LE(plan.schedule.again_multiply_adds, cost) << elems / 16;
    cost = plan.schedule.again_multiply_adds;
  }
  EXPECT_EQ(cost, 0);
}

TEST(Recompute, ARandomNetworkFitsWhatItCanFit) {
  std::mt19937 random(5);
  for (int trial = 0; trial < 40; ++trial) {
    SCOPED_TRACE("trial " + std::to_string(trial));
    const ScheduleNetwork network = RandomNetwork(&random, 40);
    const int64_t kept = PlanWithin(network, INT64_MAX).plan.elems;
    const int64_t smallest = SmallestPlan(network).plan.elems;
    EXPECT_LE(smallest, kept);
    const int64_t between = (kept + smallest) / 2;
    EXPECT_LE(PlanWithin(network, between).plan.elems, between);
  }
}

}  // namespace
}  // namespace lockstep
