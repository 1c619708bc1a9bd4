#include "distributed/scaling/workload.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(Workload, GradientsBecomeReadyFromTheLastLayerOn) {
  const Workload workload =
      WorkloadFromLayers("net", {{"a.weight", 10, 300}, {"a.bias", 1, 0}, {"b.weight", 5, 100}});
  ASSERT_EQ(workload.tensors.size(), 3u);
  EXPECT_EQ(workload.tensors[0].name, "b.weight");
  EXPECT_DOUBLE_EQ(workload.tensors[0].ready, 0.25);
  EXPECT_EQ(workload.tensors[2].name, "a.weight");
  EXPECT_DOUBLE_EQ(workload.tensors[2].ready, 1);
  EXPECT_EQ(workload.elements(), 16);
  EXPECT_EQ(workload.forward_macs, 400);
}

TEST(ReadNets, SplitsTheTableByNetwork) {
  const auto nets = ReadNets("net,tensor,elements,fwd_macs\nx,w,2,4\ny,v,3,9\ny,u,1,0\n", "n.csv");
  ASSERT_TRUE(nets.ok()) << nets.status();
  ASSERT_EQ(nets->size(), 2u);
  EXPECT_EQ((*nets)[1].tensors.front().name, "u");
}

TEST(ReadNets, BadNumberIsNamedByLine) {
  const auto nets = ReadNets("net,tensor,elements,fwd_macs\nx,w,many,4\n", "n.csv");
  EXPECT_EQ(nets.status().message().substr(0, 17), "n.csv:2: elements");
}

}  // namespace
}  // namespace lockstep
