#include "distributed/scaling/step_simulator.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace lockstep {
namespace {

Workload TwoLayers() {
  return WorkloadFromLayers("two", {{"first", 10e6, 3e9}, {"last", 30e6, 1e9}});
}

Cluster SomeCluster() {
  Cluster cluster;
  cluster.set_gpus_per_host(4);
  cluster.mutable_inside()->set_gb_s(10);
  cluster.mutable_inside()->set_host_link_gb_s(5);
  cluster.mutable_nic()->set_practical_gb_s(1);
  return cluster;
}

StepSetting Setting(Exchange::Algorithm algorithm, int gpus, int hosts) {
  StepSetting setting;
  setting.gpus = gpus;
  setting.hosts = hosts;
  setting.batch_per_gpu = 32;
  setting.compute_s = 0.3;
  setting.exchange.set_algorithm(algorithm);
  setting.exchange.set_servers(2);
  return setting;
}

constexpr Exchange::Algorithm kBetweenHosts[] = {Exchange::HIERARCHICAL,
                                                 Exchange::RING,
                                                 Exchange::TREE,
                                                 Exchange::RECURSIVE_HALVING,
                                                 Exchange::PARAMETER_SERVERS,
                                                 Exchange::PARAMETER_SERVERS_PER_HOST};

TEST(StepSimulator, OneGpuLosesNothing) {
  for (int algorithm = 0; algorithm < Exchange::Algorithm_ARRAYSIZE; ++algorithm) {
    const StepTimes times = SimulateStep(
        TwoLayers(), SomeCluster(), Setting(static_cast<Exchange::Algorithm>(algorithm), 1, 1), {});
    EXPECT_EQ(times.total(), 0.3) << algorithm;
  }
}

TEST(StepSimulator, SlowerLinksNeverMakeAStepFaster) {
  for (const auto algorithm : kBetweenHosts) {
    double before = 0;
    for (const double slow : {0.1, 0.5, 1.0, 2.0, 10.0}) {
      const double total =
          SimulateStep(TwoLayers(), SomeCluster(), Setting(algorithm, 16, 4), {}, {slow, slow})
              .total();
      EXPECT_GE(total, before) << algorithm << " at " << slow;
      before = total;
    }
  }
}

TEST(StepSimulator, OverlapHidesButNeverBeatsTheBound) {
  for (const auto algorithm : kBetweenHosts) {
    StepSetting setting = Setting(algorithm, 16, 4);
    const StepTimes with = SimulateStep(TwoLayers(), SomeCluster(), setting, {});
    setting.exchange.set_overlap(false);
    const StepTimes without = SimulateStep(TwoLayers(), SomeCluster(), setting, {});
    EXPECT_LT(with.exposed, without.exposed) << algorithm;
    // All that is sent is either hidden or exposed.
    EXPECT_NEAR(with.exposed + with.hidden, without.exposed + without.hidden, 1e-9) << algorithm;
  }
}

TEST(StepSimulator, LastBucketsTransferIsExposedWhereAllElseHides) {
  Workload workload = WorkloadFromLayers("one", {{"only", 1e6, 1e9}});
  ScalingConstants constants;
  constants.network_efficiency = 1;
  Cluster cluster = SomeCluster();
  cluster.mutable_nic()->set_latency_us(0);
  const StepTimes times = SimulateStep(workload, cluster, Setting(Exchange::RING, 4, 4), constants);
  EXPECT_NEAR(times.exposed, 2 * 3.0 / 4 * 4e6 / 1e9, 1e-9);
  EXPECT_NEAR(times.hidden, 0, 1e-12);
}

TEST(StepSimulator, HotServerEndsTheStep) {
  ScalingConstants constants;
  StepSetting setting = Setting(Exchange::PARAMETER_SERVERS, 16, 16);
  const StepTimes placed = SimulateStep(TwoLayers(), SomeCluster(), setting, constants);
  setting.exchange.set_placement(Exchange::SHARDED);
  const StepTimes sharded = SimulateStep(TwoLayers(), SomeCluster(), setting, constants);
  EXPECT_GT(placed.exposed, sharded.exposed);  // "last" holds three quarters of all bytes
  EXPECT_EQ(Bottleneck(placed, setting), "parameter servers");
}

TEST(StepSimulator, MeasuredRateOfAServerTakesThePlaceOfTheConstants) {
  Workload workload = WorkloadFromLayers("one", {{"only", 25e6, 1e9}});
  StepSetting setting = Setting(Exchange::PARAMETER_SERVERS, 10, 10);
  setting.exchange.set_overlap(false);
  setting.exchange.set_server_gb_s(2);
  Cluster cluster = SomeCluster();
  cluster.mutable_nic()->set_latency_us(0);
  // 100 MB from and to each of ten workers, of which one is on the server's host.
  const StepTimes times = SimulateStep(workload, cluster, setting, {});
  EXPECT_NEAR(times.exposed, 2 * 9 * 100e6 / 2e9, 1e-9);
}

TEST(StepSimulator, ARingThatLeavesAnIslandRunsAtTheHostsLink) {
  Workload workload = WorkloadFromLayers("one", {{"only", 25e6, 1e9}});
  ScalingConstants constants;
  constants.inside_efficiency = 1;
  constants.inside_latency_s = 0;
  Cluster cluster = SomeCluster();  // 10 GB/s inside, 5 GB/s through the host's link
  cluster.mutable_inside()->set_island(2);
  const auto exposed = [&](int gpus) {
    return SimulateStep(workload, cluster, Setting(Exchange::HIERARCHICAL, gpus, 1), constants)
        .exposed;
  };
  EXPECT_NEAR(exposed(2), 2 * 1.0 / 2 * 100e6 / 10e9, 1e-9);
  EXPECT_NEAR(exposed(4), 2 * 3.0 / 4 * 100e6 / 5e9, 1e-9);
}

TEST(StepSimulator, MoreServersAndHalfTheBitsNeverHurt) {
  StepSetting setting = Setting(Exchange::PARAMETER_SERVERS, 32, 32);
  double before = 1e9;
  for (const int servers : {1, 2, 4, 8}) {
    setting.exchange.set_servers(servers);
    const double total = SimulateStep(TwoLayers(), SomeCluster(), setting, {}).total();
    EXPECT_LE(total, before) << servers;
    before = total;
  }
  setting.exchange.set_wire(Exchange::BF16);
  EXPECT_LT(SimulateStep(TwoLayers(), SomeCluster(), setting, {}).total(), before);
}

TEST(StepSimulator, NamesTheLargestLoss) {
  StepTimes times;
  times.compute = 1;
  const StepSetting setting = Setting(Exchange::HIERARCHICAL, 8, 2);
  EXPECT_EQ(Bottleneck(times, setting), "compute");
  times.straggler = 0.1;
  EXPECT_EQ(Bottleneck(times, setting), "stragglers");
  times.exposed = 0.2;
  EXPECT_EQ(Bottleneck(times, setting), "network");
  EXPECT_EQ(Bottleneck(times, Setting(Exchange::HIERARCHICAL, 4, 1)), "links in the host");
}

}  // namespace
}  // namespace lockstep
