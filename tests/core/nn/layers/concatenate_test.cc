#include "core/nn/layers/concatenate.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "core/base/status.h"
#include "core/nn/layer.h"
#include "proto/config.pb.h"
#include "tests/testing/layer_run.h"

namespace lockstep {
namespace {

ConcatenateLayer Along(int axis) {
  ConcatenateConfig config;
  config.set_axis(axis);
  return ConcatenateLayer(config);
}

// Two samples of [2, 3, 4] with extents of `second` and `third` along the axis (from 0).
void ExpectSideBySide(int config_axis, int axis) {
  ConcatenateLayer layer = Along(config_axis);
  std::vector<Shape> shapes;
  for (const int64_t extent : {2, 1, 3}) {
    std::array<int64_t, 3> extents = {2, 3, 4};
    extents[static_cast<size_t>(axis)] = extent;
    shapes.emplace_back(extents);
  }
  LayerRun run(&layer, shapes, 2);
  run.Forward();
  run.Backward();
  EXPECT_TRUE(run.intact());
  const Shape& out = run.declaration.output;
  EXPECT_EQ(out[axis], 6);
  const int64_t inner = axis == 0 ? out[1] * out[2] : axis == 1 ? out[2] : 1;
  for (int64_t i = 0; i < run.output.size(); ++i) {
    const int64_t outer = i / (6 * inner), at = i / inner % 6, rest = i % inner;
    const size_t from = at < 2 ? 0 : at < 3 ? 1 : 2;
    const int64_t extent = shapes[from][axis], begin = from == 0 ? 0 : from == 1 ? 2 : 3;
    const int64_t j = (outer * extent + at - begin) * inner + rest;
    EXPECT_EQ(run.output[i], run.inputs[from][j]);
    EXPECT_EQ(run.input_gradients[from][j], run.output_gradient[i]);
  }
}

TEST(ConcatenateLayer, PutsInputsSideBySideAlongAnyAxis) {
  ExpectSideBySide(-1, 2);
  ExpectSideBySide(3, 2);
  ExpectSideBySide(2, 1);
  ExpectSideBySide(1, 0);
  ExpectSideBySide(-3, 0);
}

TEST(ConcatenateLayer, RefusesWhatDoesNotFit) {
  ConcatenateLayer layer = Along(-1);
  EXPECT_EQ(ExitCodeOf(layer.Declare({Shape{2}}).status()), ExitCode::kUsage);
  EXPECT_EQ(layer.Declare({Shape{2, 3}, Shape{3, 3}}).status().message(),
            "concatenate takes inputs that differ in axis 2 alone, found [2, 3] and [3, 3]");
  EXPECT_FALSE(layer.Declare({Shape{2, 3}, Shape{2, 3, 1}}).ok());
  EXPECT_EQ(Along(3).Declare({Shape{2, 3}, Shape{2, 3}}).status().message(),
            "axis: 3 is none of [2, 3], whose axes are 1 to 2, or -1");
  EXPECT_FALSE(Along(-3).Declare({Shape{2, 3}, Shape{2, 3}}).ok());
}

TEST(ConcatenateLayer, WritesNoInputGradientThatNobodyNeeds) {
  ConcatenateLayer layer = Along(-1);
  LayerRun run(&layer, {Shape{2, 3}, Shape{2, 1}}, 2);
  run.Forward();
  run.BackwardWithoutInputGradients();
  EXPECT_TRUE(run.intact());
}

}  // namespace
}  // namespace lockstep
