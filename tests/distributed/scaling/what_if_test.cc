#include "distributed/scaling/what_if.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

ScalingJob Job() {
  return {WorkloadFromLayers("net", {{"a", 5e6, 3e9}, {"b", 5e6, 2e9}, {"c", 5e6, 1e9}}), 32, 100};
}

Cluster SlowHosts() {
  Cluster cluster;
  cluster.mutable_nic()->set_practical_gb_s(1);
  cluster.mutable_exchange()->set_algorithm(Exchange::PARAMETER_SERVERS);
  cluster.mutable_exchange()->set_servers(2);
  return cluster;
}

TEST(SimulatePoint, OneGpuIsTheRateGiven) {
  const SimulatedPoint point = SimulatePoint(Job(), SlowHosts(), 1, {});
  EXPECT_DOUBLE_EQ(point.rate, 100);
  EXPECT_DOUBLE_EQ(point.efficiency(), 1);
}

TEST(LargestUseful, StopsWhereDoublingGivesLittle) {
  const int most = LargestUseful(Job(), SlowHosts(), 1024, {});
  EXPECT_LT(most, 1024);
  const double now = SimulatePoint(Job(), SlowHosts(), most, {}).rate;
  EXPECT_LT(SimulatePoint(Job(), SlowHosts(), 2 * most, {}).rate, 1.5 * now);
  ASSERT_GT(most, 1);
  EXPECT_GE(now, 1.5 * SimulatePoint(Job(), SlowHosts(), most / 2, {}).rate);
}

TEST(WhatIfs, EachHelpsAClusterWhoseServersAreTheLimit) {
  const double now = SimulatePoint(Job(), SlowHosts(), 64, {}).speedup;
  const std::vector<WhatIf> all = WhatIfs(Job(), SlowHosts(), 64, {});
  ASSERT_EQ(all.size(), 6u);
  for (const WhatIf& one : all) EXPECT_GT(one.point.speedup, now) << one.what;
}

}  // namespace
}  // namespace lockstep
