#include "core/nn/layers/conv2d.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

#include "core/base/status.h"
#include "core/nn/layer.h"
#include "proto/config.pb.h"
#include "tests/testing/floats.h"
#include "tests/testing/layer_run.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

Conv2dConfig Conv(const std::string& text) {
  Conv2dConfig config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config)) << text;
  return config;
}

TEST(Conv2dLayer, DeclaresKerasKernelAndBias) {
  Conv2dLayer layer(Conv("filters: 8 kernel_size: [3, 5] groups: 2 kernel_initializer: HE_NORMAL"),
                    ActivationKind::kRelu);
  const LayerDeclaration declaration = layer.Declare({Shape{10, 12, 6}}).value();
  EXPECT_EQ(declaration.output, (Shape{8, 8, 8}));
  ASSERT_EQ(declaration.parameters.size(), 2u);
  const LayerParameter& kernel = declaration.parameters[0];
  EXPECT_EQ(kernel.name, "kernel");
  EXPECT_EQ(kernel.shape, (Shape{3, 5, 3, 8}));
  EXPECT_EQ(kernel.initializer, HE_NORMAL);
  EXPECT_EQ(kernel.fan_in, 15 * 3);
  EXPECT_EQ(kernel.fan_out, 15 * 8);
  EXPECT_EQ(declaration.parameters[1].shape, Shape{8});
  EXPECT_EQ(declaration.parameters[1].group, ParameterGroup::kBias);
  EXPECT_EQ(declaration.multiply_adds, 8 * 8 * 8 * 15 * 3);
}

TEST(Conv2dLayer, SavesItsOutputOnlyForAnActivation) {
  const Conv2dConfig config = Conv("filters: 2 kernel_size: 1 use_bias: false");
  const auto saved = [&](ActivationKind activation) {
    return Conv2dLayer(config, activation).Declare({Shape{2, 2, 1}}).value();
  };
  EXPECT_FALSE(saved(ActivationKind::kLinear).output_saved);
  EXPECT_TRUE(saved(ActivationKind::kRelu).output_saved);
  EXPECT_EQ(saved(ActivationKind::kRelu).kept_elems, 0);
  EXPECT_EQ(saved(ActivationKind::kGelu).kept_elems, 8);
  EXPECT_EQ(saved(ActivationKind::kLinear).parameters.size(), 1u);
}

TEST(Conv2dLayer, OfOnePixelIsADenseLayerOnChannels) {
  Conv2dLayer layer(Conv("filters: 2 kernel_size: 1"), ActivationKind::kRelu);
  LayerRun run(&layer, {Shape{3, 1, 2}}, 2);
  run.Forward();
  for (int64_t pixel = 0; pixel < 6; ++pixel) {
    for (int64_t f = 0; f < 2; ++f) {
      const float sum = run.inputs[0][2 * pixel] * run.parameters[0][f] +
                        run.inputs[0][2 * pixel + 1] * run.parameters[0][2 + f] +
                        run.parameters[1][f];
      EXPECT_EQ(run.output[2 * pixel + f], sum > 0 ? sum : 0);
    }
  }
  run.Backward();
  EXPECT_TRUE(run.intact());
}

TEST(Conv2dLayer, SoftmaxIsOverTheChannelsOfEachPixel) {
  Conv2dLayer layer(Conv("filters: 3 kernel_size: 1"), ActivationKind::kSoftmax);
  LayerRun run(&layer, {Shape{2, 2, 1}}, 1);
  run.Forward();
  for (int64_t pixel = 0; pixel < 4; ++pixel) {
    EXPECT_NEAR(run.output[3 * pixel] + run.output[3 * pixel + 1] + run.output[3 * pixel + 2], 1,
                8 * kUnitRoundoff);
  }
}

TEST(Conv2dLayer, RefusesWhatDoesNotFit) {
  Conv2dLayer grouped(Conv("filters: 4 kernel_size: 3 groups: 2"), ActivationKind::kLinear);
  EXPECT_EQ(grouped.Declare({Shape{8, 8, 3}}).status().message(),
            "groups: 2 do not divide the input's 3 channels");
  EXPECT_EQ(ExitCodeOf(grouped.Declare({Shape{2, 8, 4}}).status()), ExitCode::kUsage);
  EXPECT_FALSE(grouped.Declare({Shape{64}}).ok());
  Conv2dLayer vast(Conv("filters: 16777216 kernel_size: 30000 padding: SAME"),
                   ActivationKind::kLinear);
  EXPECT_NE(vast.Declare({Shape{1000, 1000, 3}}).status().message().find("too many"),
            absl::string_view::npos);
}

}  // namespace
}  // namespace lockstep
