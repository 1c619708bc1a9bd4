#include "distributed/scaling/fit_constants.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

namespace lockstep {
namespace {

ReplayData Systems(const std::set<std::string>& names) {
  ReplayData data = *ShippedReplayData();
  std::erase_if(data.curves,
                [&](const MeasuredCurve& curve) { return !names.contains(curve.system); });
  return data;
}

// Few enough to be quick.
ReplayData SomeSystems() { return Systems({"piz-daint", "ec2-p2.xlarge", "dell-c4130-p100"}); }

// Speed-ups are those that `truth` predicts without further points, so that it is the best fit.
ReplayData MadeWith(const ScalingConstants& truth) {
  ReplayData data = SomeSystems();
  for (MeasuredCurve& curve : data.curves) {
    for (MeasuredPoint& point : curve.points) {
      if (point.use == PointUse::kCalib) point.use = PointUse::kScore;
    }
  }
  std::vector<double> speedups;
  const std::vector<ReplayedPoint> predicted = *Replay(data, truth);
  for (const ReplayedPoint& point : predicted) {
    speedups.push_back(point.predicted.speedup);
  }
  auto next = speedups.begin();
  for (MeasuredCurve& curve : data.curves) {
    for (MeasuredPoint& point : curve.points) {
      if (point.use != PointUse::kBase) point.speedup = *next++;
    }
  }
  return data;
}

TEST(FitConstants, FindsTheNetworksEfficiencyThatMadeThePoints) {
  ScalingConstants truth;
  truth.network_efficiency = 0.4;
  const auto fit = FitConstants(MadeWith(truth));
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_NEAR(std::log(fit->constants.network_efficiency / 0.4), 0, 0.05);
  EXPECT_GT(fit->points, kFittedConstants.size());
}

TEST(FitConstants, OfTheShippedMeasurementsAreTheConstantsInUse) {
  const auto fit = FitConstants(*ShippedReplayData());
  ASSERT_TRUE(fit.ok()) << fit.status();
  for (const NamedConstant& constant : kFittedConstants) {
    const double fitted = fit->constants.*constant.value;
    // To three digits.
    EXPECT_NEAR(ScalingConstants().*constant.value / fitted, 1, 0.005) << constant.name;
  }
}

TEST(FitConstants, NeedsMorePointsThanConstants) {
  ReplayData data = SomeSystems();
  data.curves.resize(1);
  EXPECT_NE(FitConstants(data).status().message().find("to fit 6 constants"), std::string::npos);
}

TEST(WithoutFurtherPoints, ScoresThemInstead) {
  const ReplayData alone = WithoutFurtherPoints(SomeSystems());
  for (const MeasuredCurve& curve : alone.curves) {
    EXPECT_EQ(curve.Find(PointUse::kCalib), nullptr) << curve.name;
    EXPECT_NE(curve.Find(PointUse::kScore), nullptr) << curve.name;
  }
}

TEST(CrossValidate, ScoresEachSystemOnceWithConstantsOfTheOthers) {
  const auto result = CrossValidate(SomeSystems(), LeaveOut::kSystem);
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->groups.size(), 3u);
  EXPECT_EQ(result->groups[0].name, "dell-c4130-p100");
  size_t points = 0, alone = 0;
  for (const LeftOut& one : result->groups) points += one.unseen.count, alone += one.alone.count;
  EXPECT_EQ(points, result->unseen.count);
  // The further points of the curves are predicted as well.
  EXPECT_EQ(alone, result->alone.count);
  EXPECT_GT(alone, points);
  // What one of three systems alone shows, the others do not tell.
  EXPECT_GT(result->unseen.mean, result->fitted.mean);
}

TEST(CrossValidate, LeavesOutFrameworks) {
  const auto result =
      CrossValidate(Systems({"dell-c4130-p100", "dgx1-v100", "dgx2-v100"}), LeaveOut::kFramework);
  ASSERT_TRUE(result.ok()) << result.status();
  // PyTorch and TensorFlow have no scored points there.
  ASSERT_EQ(result->groups.size(), 2u);
  EXPECT_EQ(result->groups[0].name, "Caffe");
  EXPECT_EQ(result->groups[1].name, "MXNet");
}

}  // namespace
}  // namespace lockstep
