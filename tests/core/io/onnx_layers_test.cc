#include "core/io/onnx_layers.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace lockstep {
namespace {

// One layer without weights, alone on a picture [5,4,3]; tests/peers/onnx_outputs.py runs networks
// of all layers.
onnx::GraphProto Added(const std::string& layer, const Shape& output) {
  onnx::GraphProto graph;
  OnnxBuilder builder(&graph);
  const ParameterLayout layout;
  OnnxLayers layers(&layout, nullptr, &builder);
  layers.AddInput("input", "input", {5, 4, 3});
  ModelNode node;
  node.name = "it";
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(layer, &node.config));
  EXPECT_TRUE(layers.Add(node, {"input"}, output).ok());
  layers.Output("it");
  return graph;
}

const onnx::NodeProto& Find(const onnx::GraphProto& graph, const std::string& op) {
  const auto found = std::find_if(graph.node().begin(), graph.node().end(),
                                  [&](const auto& node) { return node.op_type() == op; });
  EXPECT_NE(found, graph.node().end()) << op;
  return *found;
}

const onnx::AttributeProto& Setting(const onnx::NodeProto& node, const std::string& name) {
  const auto found = std::find_if(node.attribute().begin(), node.attribute().end(),
                                  [&](const auto& setting) { return setting.name() == name; });
  EXPECT_NE(found, node.attribute().end()) << name;
  return *found;
}

TEST(OnnxLayers, AveragesDoNotCountPadding) {
  const auto graph = Added("average_pooling2d { pool_size: 2 padding: SAME }", {3, 2, 3});
  const onnx::NodeProto& node = Find(graph, "AveragePool");
  EXPECT_EQ(Setting(node, "count_include_pad").i(), 0);
  const auto& pads = Setting(node, "pads").ints();
  EXPECT_EQ(std::vector<int64_t>(pads.begin(), pads.end()), (std::vector<int64_t>{0, 0, 1, 0}));
}

TEST(OnnxLayers, LrnDividesAlphaByTheWindow) {
  const auto graph =
      Added("local_response_normalization { depth_radius: 2 alpha: 0.5 }", {5, 4, 3});
  const onnx::NodeProto& node = Find(graph, "LRN");
  EXPECT_EQ(Setting(node, "size").i(), 5);
  EXPECT_FLOAT_EQ(Setting(node, "alpha").f(), 2.5f);
}

TEST(OnnxLayers, FlattenKeepsTheChannelsLastOrder) {
  const auto graph = Added("flatten {}", {60});
  for (const auto& node : graph.node()) EXPECT_NE(node.op_type(), "Transpose");
}

}  // namespace
}  // namespace lockstep
