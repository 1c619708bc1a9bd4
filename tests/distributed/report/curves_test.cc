#include "distributed/report/curves.h"

#include <gtest/gtest.h>

#include <cmath>

namespace lockstep {
namespace {

TEST(ExponentialMovingAverage, StartsAtTheFirstValueAndFollowsItsDefinition) {
  const std::vector<double> values = {1, 2, 4};
  const std::vector<double> smooth = ExponentialMovingAverage(values, 0.5);
  ASSERT_EQ(smooth.size(), 3u);
  EXPECT_DOUBLE_EQ(smooth[0], 1);
  EXPECT_DOUBLE_EQ(smooth[1], 1.5);
  EXPECT_DOUBLE_EQ(smooth[2], 2.75);
}

TEST(ExponentialMovingAverage, WithFactorZeroIsTheCurveItself) {
  const std::vector<double> values = {3, -1, 7};
  EXPECT_EQ(ExponentialMovingAverage(values, 0), values);
}

TEST(ExponentialMovingAverage, PassesOverNaN) {
  const std::vector<double> values = {std::nan(""), 2, std::nan(""), 4};
  const std::vector<double> smooth = ExponentialMovingAverage(values, 0.5);
  EXPECT_TRUE(std::isnan(smooth[0]));
  EXPECT_DOUBLE_EQ(smooth[1], 2);
  EXPECT_TRUE(std::isnan(smooth[2]));
  EXPECT_DOUBLE_EQ(smooth[3], 3);
}

TEST(BestIndex, TakesTheFirstOfEqualsInTheMetricsDirection) {
  const std::vector<double> values = {0.5, 0.9, 0.1, 0.9, 0.1};
  EXPECT_EQ(BestIndex(values, LargerIsBetter("val_accuracy")), 1);
  EXPECT_EQ(BestIndex(values, LargerIsBetter("val_mean_absolute_error")), 2);
}

TEST(BestIndex, IsNoneWithoutANumber) {
  EXPECT_FALSE(BestIndex({}, true).has_value());
  EXPECT_FALSE(BestIndex(std::vector<double>{std::nan("")}, true).has_value());
}

TEST(ThinOut, KeepsShortCurves) {
  const std::vector<StepPoint> points = {{1, 3.0, 0.1}, {2, 1.0, 0.1}};
  int64_t steps_per_point = 0;
  EXPECT_EQ(ThinOut(points, 2, &steps_per_point).size(), 2u);
  EXPECT_EQ(steps_per_point, 1);
  EXPECT_TRUE(ThinOut({}, 2, &steps_per_point).empty());
}

TEST(ThinOut, ReplacesEachGroupByItsMeanAtItsLastStep) {
  const std::vector<StepPoint> points = {
      {1, 1.0, 0.5}, {2, 3.0, 0.5}, {3, 5.0, 0.25}, {4, 7.0, 0.75}, {5, 9.0, 1.0}};
  int64_t steps_per_point = 0;
  const std::vector<StepPoint> kept = ThinOut(points, 3, &steps_per_point);
  EXPECT_EQ(steps_per_point, 2);
  ASSERT_EQ(kept.size(), 3u);
  EXPECT_EQ(kept[0].step, 2);
  EXPECT_DOUBLE_EQ(kept[0].loss, 2);
  EXPECT_DOUBLE_EQ(kept[1].loss, 6);
  EXPECT_DOUBLE_EQ(kept[1].learning_rate, 0.5);
  EXPECT_EQ(kept[2].step, 5);
  EXPECT_DOUBLE_EQ(kept[2].loss, 9);
}

}  // namespace
}  // namespace lockstep
