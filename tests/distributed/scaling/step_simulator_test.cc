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

TEST(StepSimulator, OneProcessPerHostDispatchesForEachFurtherGpuOfIt) {
  Cluster cluster = SomeCluster();
  const auto total = [&](int gpus, int hosts) {
    return SimulateStep(TwoLayers(), cluster, Setting(Exchange::HIERARCHICAL, gpus, hosts), {})
        .total();
  };
  const double two = total(2, 1), four = total(4, 1), eight = total(8, 2), apart = total(8, 8);
  cluster.set_dispatch_us(500);  // of each of two parameters
  EXPECT_NEAR(total(1, 1), 0.3, 1e-12);
  EXPECT_NEAR(total(2, 1) - two, 1e-3, 1e-12);
  EXPECT_NEAR(total(4, 1) - four, 3e-3, 1e-12);
  EXPECT_NEAR(total(8, 2) - eight, 3e-3, 1e-12);
  EXPECT_EQ(total(8, 8), apart);
}

TEST(StepSimulator, EachSlownessIsSimulatedAsIfAlone) {
  const StepSetting setting = Setting(Exchange::PARAMETER_SERVERS, 16, 4);
  const TransferPlan plan = PlanTransfers(TwoLayers(), SomeCluster(), setting, {});
  const std::vector<Slowness> slowness = {{0.1, 3}, {1, 1}, {7, 0.5}};
  const std::vector<StepTimes> steps =
      SimulatePlannedSteps(plan, WireBytes(TwoLayers(), setting.exchange), setting, {}, slowness);
  ASSERT_EQ(steps.size(), slowness.size());
  for (size_t i = 0; i < slowness.size(); ++i) {
    EXPECT_EQ(steps[i].total(),
              SimulateStep(TwoLayers(), SomeCluster(), setting, {}, slowness[i]).total());
  }
  EXPECT_NE(steps[0].total(), steps[1].total());
}

TEST(StepSimulator, EfficiencyFallsSmoothlyFarBeyondTheMeasurements) {
  for (const auto algorithm : {Exchange::HIERARCHICAL, Exchange::RECURSIVE_HALVING}) {
    double before = 1;
    for (int gpus = 512; gpus <= 1 << 20; gpus *= 2) {
      const double total =
          SimulateStep(TwoLayers(), SomeCluster(), Setting(algorithm, gpus, (gpus + 3) / 4), {})
              .total();
      const double efficiency = 0.3 / total;
      EXPECT_LT(efficiency, before) << algorithm << " on " << gpus;
      EXPECT_GT(efficiency, gpus == 512 ? 0.3 : 0.95 * before) << algorithm << " on " << gpus;
      before = efficiency;
    }
  }
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
