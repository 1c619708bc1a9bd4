#include "core/io/onnx_builder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lockstep {
namespace {

TEST(OnnxBuilder, ANodeIsCalledAsItsOutputAndKeepsItsSettings) {
  onnx::GraphProto graph;
  OnnxBuilder builder(&graph);
  builder.Node("Conv", {"x", "w"}, "y").Int("group", 2).Ints("pads", std::vector<int64_t>{1, 2});
  ASSERT_EQ(graph.node_size(), 1);
  EXPECT_EQ(graph.node(0).name(), "y");
  EXPECT_EQ(graph.node(0).output(0), "y");
  EXPECT_EQ(graph.node(0).input_size(), 2);
  EXPECT_EQ(graph.node(0).attribute(0).i(), 2);
  EXPECT_EQ(graph.node(0).attribute(1).ints(1), 2);
}

TEST(OnnxBuilder, AConstantIsAddedOnce) {
  onnx::GraphProto graph;
  OnnxBuilder builder(&graph);
  const std::vector<float> values = {1, 2}, others = {3, 4};
  EXPECT_EQ(builder.Floats("a", {2}, values), "a");
  EXPECT_EQ(builder.Floats("a", {2}, others), "a");
  ASSERT_EQ(graph.initializer_size(), 1);
  EXPECT_EQ(graph.initializer(0).raw_data(),
            std::string(reinterpret_cast<const char*>(values.data()), 8));
}

TEST(OnnxBuilder, TheBatchIsAnyNumber) {
  onnx::ValueInfoProto value;
  DescribeValue("input", {4, 3}, &value);
  const auto& shape = value.type().tensor_type().shape();
  ASSERT_EQ(shape.dim_size(), 3);
  EXPECT_EQ(shape.dim(0).dim_param(), "N");
  EXPECT_EQ(shape.dim(2).dim_value(), 3);
}

}  // namespace
}  // namespace lockstep
