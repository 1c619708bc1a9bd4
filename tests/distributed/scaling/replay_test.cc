#include "distributed/scaling/replay.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace lockstep {
namespace {

// In percent.
ErrorSummary Scored(const std::vector<ReplayedPoint>& points, Predictor predictor, PointUse use) {
  std::vector<double> errors;
  for (const ReplayedPoint& point : points) {
    if (point.point->use == use) errors.push_back(100 * point.Error(predictor));
  }
  return Summarise(errors);
}

class ReplayOfShippedData : public testing::Test {
 protected:
  ReplayOfShippedData() : data_(*ShippedReplayData()), points_(*Replay(data_, {})) {}
  ReplayData data_;
  std::vector<ReplayedPoint> points_;
};

TEST_F(ReplayOfShippedData, KeepsTheAccuracyThatTheDocsState) {
  const ErrorSummary all = Scored(points_, Predictor::kModel, PointUse::kScore);
  EXPECT_EQ(all.count, 236u);
  EXPECT_LE(all.mean, 3.5);
  EXPECT_LE(all.median, 2);
  EXPECT_LE(all.p90, 8);
}

// A band of 90 % that holds far fewer or nearly all is none.
TEST_F(ReplayOfShippedData, BandsHoldAboutAsManyPointsAsTheySay) {
  double inside = 0, all = 0;
  for (const ReplayedPoint& at : points_) {
    if (at.point->use != PointUse::kScore && at.point->use != PointUse::kSheet) continue;
    ++all;
    inside += at.predicted.low <= at.point->speedup && at.point->speedup <= at.predicted.high;
  }
  EXPECT_GT(inside / all, 0.85);
  EXPECT_LT(inside / all, 0.97);
}

// The figures that the measurements' compilers give for them, to the digits given.
TEST_F(ReplayOfShippedData, BaselinesAreThePublishedOnes) {
  const ErrorSummary linear = Scored(points_, Predictor::kLinear, PointUse::kScore);
  EXPECT_NEAR(linear.mean, 10.0, 0.05);
  EXPECT_NEAR(linear.median, 6.7, 0.05);
  const ErrorSummary amdahl = Scored(points_, Predictor::kAmdahl, PointUse::kScore);
  EXPECT_NEAR(amdahl.mean, 4.6, 0.05);
  EXPECT_NEAR(amdahl.worst, 70, 0.5);
  const ErrorSummary constant = Scored(points_, Predictor::kConstantEfficiency, PointUse::kScore);
  EXPECT_NEAR(constant.mean, 8.7, 0.05);
  EXPECT_NEAR(constant.p90, 22, 0.5);
}

TEST_F(ReplayOfShippedData, MissingSystemOrModelIsNamed) {
  data_.curves.resize(1);
  data_.curves[0].system = "dgx1-p10";
  const auto replayed = Replay(data_, {});
  EXPECT_NE(replayed.status().message().find("system \"dgx1-p10\" is not known; did you mean"),
            std::string::npos)
      << replayed.status();
}

TEST_F(ReplayOfShippedData, CsvHasEveryPoint) {
  const std::string csv = ReplayCsv(points_);
  EXPECT_EQ(static_cast<size_t>(std::count(csv.begin(), csv.end(), '\n')), points_.size() + 1);
}

TEST(Summarise, InterpolatesPercentiles) {
  const ErrorSummary s = Summarise({-4, 1, 2, 3});
  EXPECT_DOUBLE_EQ(s.mean, 2.5);
  EXPECT_DOUBLE_EQ(s.median, 2.5);
  EXPECT_DOUBLE_EQ(s.p90, 3.7);
  EXPECT_EQ(s.worst, 4);
}

}  // namespace
}  // namespace lockstep
