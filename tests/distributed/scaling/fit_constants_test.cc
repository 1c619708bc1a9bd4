#include "distributed/scaling/fit_constants.h"

#include <gtest/gtest.h>

#include <cmath>

namespace lockstep {
namespace {

// Few enough systems to be quick.
ReplayData SomeSystems() {
  ReplayData data = *ShippedReplayData();
  std::erase_if(data.curves, [](const MeasuredCurve& curve) {
    return curve.system != "piz-daint" && curve.system != "ec2-p2.xlarge" &&
           curve.system != "dell-c4130-p100";
  });
  return data;
}

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

TEST(FitConstants, FindsAServersRateThatMadeThePoints) {
  ScalingConstants truth;
  truth.server_gb_s = 0.4;
  const auto fit = FitConstants(MadeWith(truth));
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_NEAR(std::log(fit->constants.server_gb_s / 0.4), 0, 0.15);
  EXPECT_GT(fit->points, kFittedConstants.size());
}

TEST(FitConstants, NeedsMorePointsThanConstants) {
  ReplayData data = SomeSystems();
  data.curves.resize(1);
  EXPECT_NE(FitConstants(data).status().message().find("to fit 9 constants"), std::string::npos);
}

TEST(CrossValidate, ScoresEachSystemOnceWithConstantsOfTheOthers) {
  const ReplayData data = SomeSystems();
  const auto result = CrossValidate(data);
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->systems.size(), 3u);
  size_t points = 0;
  for (const LeftOut& one : result->systems) points += one.unseen.count;
  EXPECT_EQ(points, result->unseen.count);
  // Only servers on ec2-p2.xlarge and piz-daint tell a server's rate.
  EXPECT_GT(result->unseen.mean, result->fitted.mean);
}

}  // namespace
}  // namespace lockstep
