#include "core/nn/layers/local_response_normalization.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/base/status.h"
#include "core/nn/layer.h"
#include "proto/config.pb.h"
#include "tests/testing/layer_run.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

TEST(LocalResponseNormalizationLayer, DividesByTheNeighboursOfItsPixelAlone) {
  LocalResponseNormalizationConfig config;
  config.set_depth_radius(1);
  config.set_bias(2);
  config.set_alpha(0.5f);
  config.set_beta(0.75f);
  LocalResponseNormalizationLayer layer(config);
  LayerRun run(&layer, {Shape{1, 2, 3}}, 2);
  run.Forward();
  for (int64_t i = 0; i < run.output.size(); ++i) {
    double squares = 0;
    for (int64_t k = i - 1; k <= i + 1; ++k) {
      if (k >= i / 3 * 3 && k < i / 3 * 3 + 3) squares += std::pow(run.inputs[0][k], 2);
    }
    const double y = run.inputs[0][i] / std::pow(2 + 0.5 * squares, 0.75);
    EXPECT_NEAR(run.output[i], y, 16 * kUnitRoundoff * std::abs(y));
  }
  run.Backward();
  EXPECT_TRUE(run.intact());
}

TEST(LocalResponseNormalizationLayer, KeepsAScalePerValueAndHasNoParameters) {
  LocalResponseNormalizationLayer layer{LocalResponseNormalizationConfig()};
  const LayerDeclaration declaration = layer.Declare({Shape{4, 5, 6}}).value();
  EXPECT_EQ(declaration.output, (Shape{4, 5, 6}));
  EXPECT_EQ(declaration.kept_elems, 120);
  EXPECT_TRUE(declaration.inputs_saved && declaration.output_saved);
  EXPECT_TRUE(declaration.parameters.empty());
  EXPECT_EQ(ExitCodeOf(layer.Declare({Shape{120}}).status()), ExitCode::kUsage);
}

TEST(LocalResponseNormalizationLayer, WritesNoInputGradientThatNobodyNeeds) {
  LocalResponseNormalizationLayer layer{LocalResponseNormalizationConfig()};
  LayerRun run(&layer, {Shape{1, 2, 3}}, 2);
  run.Forward();
  run.BackwardWithoutInputGradients();
  EXPECT_TRUE(run.intact());
}

}  // namespace
}  // namespace lockstep
