#include "core/nn/zoo/layer_writer.h"

#include <gtest/gtest.h>

#include <string>

namespace lockstep {
namespace {

TEST(LayerWriter, AConvolutionWithNormIsThreeLayersOrTwo) {
  LayerWriter net(1e-3f, 0.8f);
  EXPECT_EQ(net.ConvNorm("a", "", {.filters = 4, .kernel = {3}, .stride = 2}), "a_relu");
  EXPECT_EQ(net.ConvNorm("b", "a_relu", {.filters = 4, .kernel = {1, 7}}, false), "b_bn");
  const ModelConfig model = net.Take();
  ASSERT_EQ(model.layer_size(), 5);
  EXPECT_EQ(model.layer(0).input_size(), 0);
  EXPECT_FALSE(model.layer(0).conv2d().use_bias());
  EXPECT_EQ(model.layer(0).conv2d().strides(0), 2u);
  EXPECT_EQ(model.layer(0).conv2d().padding(), SAME);
  EXPECT_FLOAT_EQ(model.layer(1).batch_normalization().momentum(), 0.8f);
  EXPECT_FLOAT_EQ(model.layer(1).batch_normalization().epsilon(), 1e-3f);
  EXPECT_EQ(model.layer(2).activation().function(), RELU);
  EXPECT_EQ(model.layer(3).input(0), "a_relu");
  EXPECT_EQ(model.layer(3).conv2d().kernel_size_size(), 2);
}

TEST(LayerWriter, ExplicitPaddingReplacesSame) {
  LayerWriter net;
  net.Conv("a", "", {.filters = 4, .kernel = {7}, .explicit_padding = {3}});
  net.MaxPoolPadded("p", "a", 3, 2, 1);
  const ModelConfig model = net.Take();
  EXPECT_EQ(model.layer(0).conv2d().padding(), VALID);
  EXPECT_EQ(model.layer(0).conv2d().explicit_padding(0), 3u);
  EXPECT_EQ(model.layer(1).max_pooling2d().explicit_padding(0), 1u);
}

TEST(LayerWriter, OutputsKeepTheirWeights) {
  LayerWriter net;
  net.Output("a", 1);
  net.Output("b", 0.3f);
  const ModelConfig model = net.Take();
  EXPECT_EQ(model.output(0).weight(), 1);
  EXPECT_FLOAT_EQ(model.output(1).weight(), 0.3f);
}

}  // namespace
}  // namespace lockstep
