#include "core/nn/layers/pooling2d.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/base/status.h"
#include "core/nn/layer.h"
#include "proto/config.pb.h"
#include "tests/testing/floats.h"
#include "tests/testing/layer_run.h"

namespace lockstep {
namespace {

Pooling2dConfig Pool(const std::string& text) {
  Pooling2dConfig config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config)) << text;
  return config;
}

TEST(Pooling2dLayer, ByDefaultHalvesThePicture) {
  Pooling2dLayer layer(PoolKind::kMax, Pool(""));
  const LayerDeclaration declaration = layer.Declare({Shape{7, 6, 5}}).value();
  EXPECT_EQ(declaration.output, (Shape{3, 3, 5}));
  EXPECT_EQ(declaration.kept_elems, 23);  // 45 numbers of two bytes
  EXPECT_FALSE(declaration.inputs_saved || declaration.output_saved);
  EXPECT_TRUE(declaration.parameters.empty());
}

TEST(Pooling2dLayer, MeansKeepNothing) {
  Pooling2dLayer layer(PoolKind::kAverage, Pool(""));
  EXPECT_EQ(layer.Declare({Shape{7, 6, 5}}).value().kept_elems, 0);
}

TEST(Pooling2dLayer, ThePlaceOfTheNumbersThatMaximaKeepSuffices) {
  for (const int64_t rows : {1, 2, 3}) {
    Pooling2dLayer layer(PoolKind::kMax, Pool("pool_size: 2 strides: 1"));
    LayerRun run(&layer, {Shape{4, 2, 1}}, rows);  // 3 values a sample: an odd number
    run.Forward();
    run.Backward();
    EXPECT_TRUE(run.intact()) << rows;
    for (int64_t i = 0; i < run.output.size(); ++i) {
      const float* x = run.inputs[0].data() + i / 3 * 8 + i % 3 * 2;
      EXPECT_EQ(run.output[i], *std::max_element(x, x + 4));
    }
  }
}

TEST(Pooling2dLayer, GlobalAverageIsTheMeanOfEachChannel) {
  Pooling2dLayer layer;
  LayerRun run(&layer, {Shape{2, 2, 3}}, 2);
  EXPECT_EQ(run.declaration.output, Shape{3});
  run.Forward();
  for (int64_t i = 0; i < 6; ++i) {
    const float* x = run.inputs[0].data() + i / 3 * 12 + i % 3;
    EXPECT_EQ(run.output[i], (x[0] + x[3] + x[6] + x[9]) / 4);
  }
  run.Backward();
  for (int64_t i = 0; i < 24; ++i) {
    EXPECT_EQ(run.input_gradients[0][i], run.output_gradient[i / 12 * 3 + i % 3] / 4);
  }
}

TEST(Pooling2dLayer, NamesItsKind) {
  EXPECT_EQ(Pooling2dLayer(PoolKind::kMax, Pool("")).kind(), "max_pooling2d");
  EXPECT_EQ(Pooling2dLayer(PoolKind::kAverage, Pool("")).kind(), "average_pooling2d");
  EXPECT_EQ(Pooling2dLayer().kind(), "global_average_pooling2d");
}

TEST(Pooling2dLayer, RefusesWindowsThatSeeNoPixelOrTooMany) {
  Pooling2dLayer padded(PoolKind::kMax, Pool("pool_size: 2 explicit_padding: [0, 2, 0, 0]"));
  EXPECT_EQ(padded.Declare({Shape{4, 4, 1}}).status().message(),
            "explicit_padding must be less than the window, which is 2x2");
  Pooling2dLayer global;
  EXPECT_TRUE(global.Declare({Shape{255, 257, 1}}).ok());
  EXPECT_EQ(global.Declare({Shape{256, 256, 1}}).status().message(),
            "its window of 256x256 has more than 65535 pixels");
  EXPECT_EQ(ExitCodeOf(global.Declare({Shape{9}}).status()), ExitCode::kUsage);
  Pooling2dLayer large(PoolKind::kAverage, Pool("pool_size: 5"));
  EXPECT_FALSE(large.Declare({Shape{4, 9, 1}}).ok());
}

TEST(Pooling2dLayer, WritesNoInputGradientThatNobodyNeeds) {
  Pooling2dLayer layer(PoolKind::kMax, Pool(""));
  LayerRun run(&layer, {Shape{4, 4, 1}}, 2);
  run.Forward();
  run.BackwardWithoutInputGradients();
  EXPECT_TRUE(run.intact());
}

}  // namespace
}  // namespace lockstep
