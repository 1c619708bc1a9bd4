// Faults planted into trainings of an emulated network, far above what a busy machine does by
// itself: the verdict names cause and culprit.
#include "benchmarks/emulated_graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/base/file.h"
#include "distributed/scaling/shipped_data.h"
#include "distributed/scaling/workload.h"
#include "tests/distributed/train/small_run.h"

namespace lockstep {
namespace {

using nlohmann::json;

constexpr const char* kManySteps =
    "data { synthetic { samples: 197 } } training { epochs: 1 microbatches: 4 }";

EmulatedNetwork SmallNetwork() {
  return {.layers = {{1000, 1}, {2000, 2}, {500, 1}}, .fixed_ms = 2, .per_sample_ms = 0};
}

// timing.json's epoch of 12 steps on `ranks` ranks, of which `slow` takes `extra_ms` longer.
json TrainEmulated(int ranks, int slow, double extra_ms) {
  const std::string folder = testing::TempDir() + "/emulated";
  std::filesystem::remove_all(folder);
  const auto make = [&](int rank, int64_t) -> StatusOr<Replica> {
    EmulatedNetwork network = SmallNetwork();
    if (rank == slow) network.extra_ms = extra_ms;
    Replica replica = {MakeCpuOps(), MakeEmulatedGraph(network), {}};
    replica.weights =
        Buffer<float>(static_cast<size_t>(replica.graph->layout().size_elems()));
    return replica;
  };
  Config config = SmallConfig(kManySteps);
  config.mutable_data()->clear_validation();
  for (const auto& outcome :
       TrainOnThreads(config, ranks, {.folder = folder, .make_replica = make})) {
    EXPECT_TRUE(outcome.ok()) << outcome.status();
  }
  const auto text = ReadFile(folder + "/timing.json");
  EXPECT_TRUE(text.ok()) << text.status();
  return json::parse(*text, nullptr, false)["epochs"][0];
}

TEST(EmulatedGraph, ASlowRankIsNamed) {
  for (const int ranks : {2, 4}) {
    for (const int slow : {0, ranks - 1}) {
      const json epoch = TrainEmulated(ranks, slow, 60);
      EXPECT_EQ(epoch["cause"], "late_rank") << epoch["verdict"];
      EXPECT_EQ(epoch["blamed_rank"], slow) << epoch["verdict"];
    }
  }
}

TEST(EmulatedGraph, WithoutASlowRankNobodyIsAccused) {
  EXPECT_FALSE(TrainEmulated(4, -1, 0).contains("blamed_rank"));
}

TEST(EmulatedGraph, ComputesAsLongAsItSays) {
  const json epoch = TrainEmulated(1, 0, 10);
  const double computed = epoch["ranks"][0]["forward_ms"].get<double>() +
                          epoch["ranks"][0]["backward_ms"].get<double>();
  EXPECT_GE(computed, 4 * 12);  // four micro-batches
}

TEST(EmulatedGraph, GradientsBecomeFinalFromTheLastLayerOn) {
  const auto graph = MakeEmulatedGraph(SmallNetwork());
  ASSERT_EQ(graph->layout().entries().size(), 3u);
  EXPECT_EQ(graph->layout().entries()[0].name, "layer_2/kernel");
  EXPECT_EQ(graph->layout().parameter_count(), 3500);
}

TEST(EmulatedGraph, LayersOfPublishedNetworksHaveTheirCounts) {
  const std::pair<const char*, int64_t> kNets[] = {
      {"alexnet", 61'100'840}, {"resnet50", 25'557'032}, {"vgg16", 138'357'544}};
  const auto nets = ReadNets(kShippedNets, "measurements/nets.csv");
  ASSERT_TRUE(nets.ok()) << nets.status();
  for (const auto& [name, parameters] : kNets) {
    const auto net = std::ranges::find(*nets, std::string(name), &Workload::name);
    ASSERT_NE(net, nets->end()) << name;
    int64_t sum = 0;
    for (const EmulatedLayer& layer : EmulatedLayersOf(*net)) sum += layer.parameters;
    EXPECT_EQ(sum, parameters) << name;
  }
}

}  // namespace
}  // namespace lockstep
