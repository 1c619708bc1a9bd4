#include "distributed/scaling/possibilities.h"

#include <gtest/gtest.h>

#include <cmath>

namespace lockstep {
namespace {

// A step of which `share` of 1 s is lost to stragglers, and that waits `exposed` x slowness.
Possibilities::Steps Steps(const Possibilities& possible, double share, double exposed) {
  Possibilities::Steps steps;
  for (const Possibility& one : possible.all()) {
    StepTimes times;
    times.compute = 1;
    times.straggler = share;
    times.exposed = exposed * one.slowness;
    steps.push_back(times);
  }
  return steps;
}

ScalingConstants Exact() {
  ScalingConstants constants;
  constants.between_groups = 1e-6;
  return constants;
}

TEST(Possibilities, QuantilesOfOneNormalTermAreTheNormalDistributions) {
  const Possibilities possible(Exact());
  const Possibilities::Steps steps = Steps(possible, 0.1, 0);
  EXPECT_NEAR(possible.Quantile(0.5, steps), 1.1, 1e-4);
  EXPECT_NEAR(possible.Quantile(0.95, steps), 1.1 + 1.6449 * 0.1, 1e-4);
}

TEST(Possibilities, QuantilesOfTransfersAreTheLogNormalDistributions) {
  const Possibilities possible(Exact());
  const Possibilities::Steps steps = Steps(possible, 0, 0.5);
  const double spread = Exact().log_slowness_spread;
  EXPECT_NEAR(possible.Quantile(0.95, steps), 1 + 0.5 * std::exp(1.6449 * spread), 0.08);
  EXPECT_NEAR(possible.Quantile(0.05, steps), 1 + 0.5 * std::exp(-1.6449 * spread), 0.02);
}

TEST(Possibilities, AMeasuredStepMovesTheMeanAndNarrowsTheBand) {
  Possibilities possible(Exact());
  const Possibilities::Steps steps = Steps(possible, 0.05, 0.2);
  const double before = possible.Quantile(0.95, steps) - possible.Quantile(0.05, steps);
  possible.See(1.4, 1, steps);
  EXPECT_NEAR(possible.Mean(steps).total(), 1.4, 0.02);
  EXPECT_LT(possible.Quantile(0.95, steps) - possible.Quantile(0.05, steps), 0.2 * before);
}

}  // namespace
}  // namespace lockstep
