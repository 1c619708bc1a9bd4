#include "core/nn/layers/add.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/status.h"
#include "core/nn/layer.h"
#include "tests/testing/floats.h"
#include "tests/testing/layer_run.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

const Shape kShape = {2, 1, 3};

TEST(AddLayer, SumsAllInputsAndGivesEachTheGradient) {
  AddLayer layer(ActivationKind::kLinear);
  LayerRun run(&layer, {kShape, kShape, kShape}, 2);
  run.Forward();
  for (int64_t i = 0; i < 12; ++i) {
    EXPECT_EQ(run.output[i], run.inputs[0][i] + run.inputs[1][i] + run.inputs[2][i]);
  }
  const Floats dy = run.output_gradient.Copy();
  run.Backward();
  for (const Floats& dx : run.input_gradients) ExpectExactly(dx.span(), dy.span());
  EXPECT_TRUE(run.intact());
}

TEST(AddLayer, AppliesAFusedActivation) {
  AddLayer layer(ActivationKind::kRelu);
  LayerRun run(&layer, {kShape, kShape}, 2);
  EXPECT_TRUE(run.declaration.output_saved);
  run.Forward();
  const Floats dy = run.output_gradient.Copy();
  run.Backward();
  for (int64_t i = 0; i < 12; ++i) {
    const float sum = run.inputs[0][i] + run.inputs[1][i];
    EXPECT_EQ(run.output[i], std::max(sum, 0.0f));
    EXPECT_EQ(run.input_gradients[1][i], sum > 0 ? dy[i] : 0);
  }
}

TEST(AddLayer, WorksInItsFirstInputsPlace) {
  AddLayer layer(ActivationKind::kLinear);
  LayerRun apart(&layer, {kShape, kShape}, 2), run(&layer, {kShape, kShape}, 2);
  EXPECT_TRUE(run.declaration.in_place && run.declaration.gradient_in_place);
  apart.Forward();
  run.Forward();  // prepares the context
  LayerContext context = run.context;
  context.output = context.inputs[0];
  layer.Forward(context);
  ExpectExactly(run.inputs[0].span(), apart.output.span());
  const Floats dy = run.output_gradient.Copy();
  context.input_gradients = {run.output_gradient.data(), run.input_gradients[1].data()};
  layer.Backward(context);
  ExpectExactly(run.output_gradient.span(), dy.span());
  ExpectExactly(run.input_gradients[1].span(), dy.span());
}

TEST(AddLayer, RefusesOneInputOrTwoShapes) {
  AddLayer layer(ActivationKind::kLinear);
  EXPECT_EQ(ExitCodeOf(layer.Declare({kShape}).status()), ExitCode::kUsage);
  EXPECT_EQ(layer.Declare({kShape, Shape{6}}).status().message(),
            "add takes inputs of one shape, found [2, 1, 3] and [6]");
}

TEST(AddLayer, WritesNoInputGradientThatNobodyNeeds) {
  AddLayer layer(ActivationKind::kLinear);
  LayerRun run(&layer, {kShape, kShape}, 2);
  run.Forward();
  run.BackwardWithoutInputGradients();
  EXPECT_TRUE(run.intact());
}

}  // namespace
}  // namespace lockstep
