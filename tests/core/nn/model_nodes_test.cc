#include "core/nn/model_nodes.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/config/layer_names.h"
#include "core/nn/layer.h"
#include "proto/config.pb.h"

namespace lockstep {
namespace {

std::vector<ModelNode> Wire(const std::string& text) {
  ModelConfig model;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &model)) << text;
  auto nodes = WireNodes(model);
  EXPECT_TRUE(nodes.ok()) << nodes.status();
  return nodes.ok() ? *nodes : std::vector<ModelNode>();
}

using Inputs = std::vector<int>;

TEST(WireNodes, ALayerTakesTheOneListedBeforeItUnlessItSaysOtherwise) {
  const auto nodes = Wire(
      "layer { name: 'a' flatten {} } layer { name: 'b' flatten {} }"
      "layer { name: 'c' input: 'input' input: 'a' add {} }"
      "layer { name: 'd' input: 'c' input: 'b' input: 'c' add {} }");
  ASSERT_EQ(nodes.size(), 4u);
  EXPECT_EQ(nodes[0].inputs, Inputs{kNetworkInput});
  EXPECT_EQ(nodes[1].inputs, Inputs{0});
  EXPECT_EQ(nodes[2].inputs, (Inputs{kNetworkInput, 0}));
  EXPECT_EQ(nodes[3].inputs, (Inputs{2, 1, 2}));
  EXPECT_EQ(FindNode(nodes, "c"), 2);
  EXPECT_EQ(FindNode(nodes, "e"), -1);
}

TEST(WireNodes, PutsLayersBehindTheirInputsAndKeepsTheirOrderElse) {
  const auto nodes = Wire(
      "layer { name: 'a' input: 'c' flatten {} } layer { name: 'b' input: 'input' flatten {} }"
      "layer { name: 'c' flatten {} } layer { name: 'd' input: 'input' flatten {} }");
  std::string order;
  for (const ModelNode& node : nodes) order += node.name;
  EXPECT_EQ(order, "bcda");
  EXPECT_EQ(nodes[3].inputs, Inputs{1});
}

TEST(WireNodes, ReadsActivationsAndViews) {
  const auto nodes = Wire(
      "layer { conv2d { filters: 1 kernel_size: 1 activation: TANH } }"
      "layer { activation { function: GELU } } layer { reshape { target_shape: -1 } }"
      "layer { dense { units: 1 activation: RELU } }");
  EXPECT_EQ(nodes[0].activation, ActivationKind::kTanh);
  EXPECT_EQ(nodes[1].activation, ActivationKind::kGelu);
  EXPECT_EQ(nodes[3].activation, ActivationKind::kRelu);
  EXPECT_FALSE(nodes[0].view || nodes[1].view || nodes[3].view);
  EXPECT_TRUE(nodes[2].view);
}

TEST(MakeLayer, MakesEveryKindThatIsNoView) {
  const auto nodes = Wire(
      "layer { dense {} } layer { activation {} } layer { dropout {} } layer { conv2d {} }"
      "layer { max_pooling2d {} } layer { average_pooling2d {} }"
      "layer { global_average_pooling2d {} } layer { batch_normalization {} }"
      "layer { local_response_normalization {} } layer { add {} } layer { concatenate {} }"
      "layer { zero_padding2d {} } layer { flatten {} } layer { reshape {} }");
  const int kinds = LayerConfig::descriptor()->FindOneofByName("kind")->field_count();
  ASSERT_EQ(static_cast<int>(nodes.size()), kinds) << "a kind is missing here";
  for (const ModelNode& node : nodes) {
    const std::unique_ptr<Layer> layer = MakeLayer(node);
    EXPECT_EQ(layer == nullptr, node.view) << node.name;
    if (layer == nullptr) continue;
    EXPECT_EQ(layer->kind(), LayerKind(node.config));
  }
}

TEST(ViewShape, IsThatOfTheInputUnlessTheLayerChangesIt) {
  const auto nodes = Wire(
      "layer { flatten {} } layer { reshape { target_shape: [3, -1] } } layer { activation {} }");
  const std::vector<Shape> one = {Shape{2, 3, 4}};
  EXPECT_EQ(*ViewShape(nodes[0], one), Shape{24});
  EXPECT_EQ(*ViewShape(nodes[1], one), (Shape{3, 8}));
  EXPECT_EQ(*ViewShape(nodes[2], one), one[0]);
  EXPECT_EQ(ViewShape(nodes[1], {Shape{4}, Shape{4}}).status().message(),
            "reshape takes one input");
  EXPECT_EQ(ExitCodeOf(ViewShape(nodes[1], {Shape{4}}).status()), ExitCode::kUsage);
}

}  // namespace
}  // namespace lockstep
