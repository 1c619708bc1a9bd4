#include "distributed/scaling/curve_prediction.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

Workload Net() {
  return WorkloadFromLayers("net", {{"a", 20e6, 3e9}, {"b", 10e6, 2e9}, {"c", 30e6, 1e9}});
}

Cluster Hosts() {
  Cluster cluster;
  cluster.set_gpus_per_host(8);
  cluster.mutable_inside()->set_gb_s(60);
  cluster.mutable_nic()->set_practical_gb_s(20);
  return cluster;
}

MeasuredPoint Point(int gpus, PointUse use, double speedup) {
  MeasuredPoint point;
  point.gpus = gpus;
  point.hosts = (gpus + 7) / 8;
  point.batch_per_gpu = 32;
  point.rate = use == PointUse::kBase ? 100 : 0;
  point.speedup = speedup;
  point.use = use;
  return point;
}

std::vector<PredictedPoint> Predict(std::vector<MeasuredPoint> points) {
  MeasuredCurve curve;
  curve.points = std::move(points);
  return PredictCurve(curve, Net(), Hosts(), {}, 0);
}

TEST(PredictCurve, BaseIsItself) {
  EXPECT_NEAR(Predict({Point(1, PointUse::kBase, 1)})[0].speedup, 1, 1e-12);
}

TEST(PredictCurve, MeetsTheFurtherPointAsWellAsItRepeats) {
  for (const double efficiency : {0.7, 0.85, 0.93}) {
    const auto predicted =
        Predict({Point(1, PointUse::kBase, 1), Point(16, PointUse::kCalib, 16 * efficiency)});
    EXPECT_NEAR(predicted[1].speedup / (16 * efficiency), 1, 0.02) << efficiency;
  }
}

TEST(PredictCurve, AWorseFurtherPointLowersAllOthers) {
  const auto good = Predict({Point(1, PointUse::kBase, 1), Point(4, PointUse::kScore, 1),
                             Point(16, PointUse::kCalib, 15), Point(64, PointUse::kScore, 1)});
  const auto bad = Predict({Point(1, PointUse::kBase, 1), Point(4, PointUse::kScore, 1),
                            Point(16, PointUse::kCalib, 8), Point(64, PointUse::kScore, 1)});
  EXPECT_LT(bad[1].speedup, good[1].speedup);
  EXPECT_LT(bad[3].speedup, good[3].speedup);
}

// By how much a slow point at 4 GPUs lowers what is predicted for 8.
double LoweredBy(int island) {
  Cluster cluster = Hosts();
  cluster.mutable_inside()->set_gb_s(6);
  cluster.mutable_inside()->set_host_link_gb_s(6);
  cluster.mutable_inside()->set_island(island);
  MeasuredCurve curve;
  double speedups[2];
  for (const bool slow : {false, true}) {
    curve.points = {Point(1, PointUse::kBase, 1), Point(4, PointUse::kCalib, slow ? 2.2 : 3.8),
                    Point(8, PointUse::kScore, 1)};
    speedups[slow] = PredictCurve(curve, Net(), cluster, {}, 0)[2].speedup;
  }
  return speedups[0] / speedups[1];
}

// Both links have the same rate, but 8 GPUs leave an island of 4.
TEST(PredictCurve, APointOnOneLinkSaysLessAboutAnother) {
  EXPECT_GT(LoweredBy(0), 1.1 * LoweredBy(4));
}

TEST(PredictCurve, NoOtherPointIsSeen) {
  const auto one = Predict({Point(1, PointUse::kBase, 1), Point(4, PointUse::kScore, 3.9),
                            Point(16, PointUse::kCalib, 12)});
  const auto other = Predict({Point(1, PointUse::kBase, 1), Point(4, PointUse::kScore, 1.1),
                              Point(16, PointUse::kCalib, 12)});
  EXPECT_EQ(one[1].speedup, other[1].speedup);
}

TEST(PredictCurve, BatchThatChangesIsLearntFromTheFurtherPoint) {
  MeasuredPoint smaller = Point(64, PointUse::kCalib, 5);
  smaller.batch_per_gpu = 4;
  MeasuredPoint base = Point(8, PointUse::kBase, 1);
  base.base_gpus = 8;
  const auto predicted = Predict({base, smaller});
  EXPECT_NEAR(predicted[0].speedup, 1, 1e-6);
  EXPECT_NEAR(predicted[1].speedup, 5, 0.3);
}

}  // namespace
}  // namespace lockstep
