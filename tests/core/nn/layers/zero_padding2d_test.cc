#include "core/nn/layers/zero_padding2d.h"

#include <gtest/gtest.h>

#include "core/base/status.h"
#include "core/nn/layer.h"
#include "proto/config.pb.h"
#include "tests/testing/layer_run.h"

namespace lockstep {
namespace {

TEST(ZeroPadding2dLayer, PutsZerosAroundEachPictureAndNoGradientBack) {
  ZeroPadding2dConfig config;
  for (const uint32_t side : {1, 0, 2, 3}) config.add_padding(side);
  ZeroPadding2dLayer layer(config);
  LayerRun run(&layer, {Shape{2, 3, 2}}, 2);
  EXPECT_EQ(run.declaration.output, (Shape{3, 8, 2}));
  run.Forward();
  run.Backward();
  EXPECT_TRUE(run.intact());
  int64_t inside = 0;
  for (int64_t i = 0; i < run.output.size(); ++i) {
    const int64_t row = i / 48, y = i / 16 % 3 - 1, x = i / 2 % 8 - 2, c = i % 2;
    if (y < 0 || x < 0 || x >= 3) {
      EXPECT_EQ(run.output[i], 0);
      continue;
    }
    const int64_t j = ((row * 2 + y) * 3 + x) * 2 + c;
    EXPECT_EQ(run.output[i], run.inputs[0][j]);
    EXPECT_EQ(run.input_gradients[0][j], run.output_gradient[i]);
    ++inside;
  }
  EXPECT_EQ(inside, 24);
}

TEST(ZeroPadding2dLayer, ByDefaultPadsOnePixel) {
  ZeroPadding2dLayer layer{ZeroPadding2dConfig()};
  EXPECT_EQ(layer.Declare({Shape{4, 5, 3}}).value().output, (Shape{6, 7, 3}));
}

TEST(ZeroPadding2dLayer, RefusesWhatIsNoPictureOrTooLarge) {
  ZeroPadding2dConfig config;
  config.add_padding(65535);
  ZeroPadding2dLayer layer(config);
  EXPECT_EQ(ExitCodeOf(layer.Declare({Shape{9}}).status()), ExitCode::kUsage);
  EXPECT_FALSE(layer.Declare({Shape{4, 4, 1}}).ok());
}

TEST(ZeroPadding2dLayer, WritesNoInputGradientThatNobodyNeeds) {
  ZeroPadding2dLayer layer{ZeroPadding2dConfig()};
  LayerRun run(&layer, {Shape{2, 3, 2}}, 2);
  run.Forward();
  run.BackwardWithoutInputGradients();
  EXPECT_TRUE(run.intact());
}

}  // namespace
}  // namespace lockstep
