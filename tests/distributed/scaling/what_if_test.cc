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

double WithFasterNetwork(double server_gb_s, const char* what) {
  Cluster cluster = SlowHosts();  // 1 GB/s
  cluster.mutable_exchange()->set_server_gb_s(server_gb_s);
  const double now = SimulatePoint(Job(), cluster, 64, {}).speedup;
  const std::vector<WhatIf> all = WhatIfs(Job(), cluster, 64, {});
  EXPECT_EQ(all[0].what, what);
  return all[0].point.speedup / now;
}

TEST(WhatIfs, AFasterNetworkHelpsServersThatWereAsFastAsTheirs) {
  EXPECT_GT(WithFasterNetwork(1, "network 4 times as fast"), 2);
  EXPECT_EQ(WithFasterNetwork(0.3, "faster network, same servers"), 1);
}

// Four times 2 GB/s is more than a server does.
TEST(WhatIfs, AFasterNetworkMakesNoServerFasterThanServersAre) {
  ScalingConstants constants;
  constants.server_gb_s = 1;
  Cluster cluster = SlowHosts();
  const double now = SimulatePoint(Job(), cluster, 64, constants).speedup;
  constants.network_efficiency = 1;
  EXPECT_LT(WhatIfs(Job(), cluster, 64, constants)[0].point.speedup, 1.5 * now);
}

}  // namespace
}  // namespace lockstep
