#include "core/nn/layers/activation.h"

#include <gtest/gtest.h>

#include <iterator>
#include <memory>
#include <utility>

#include "core/nn/layer.h"
#include "core/ops/ops.h"
#include "tests/testing/floats.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

TEST(ActivationLayer, EveryFunctionOfTheConfigIsKnown) {
  const std::pair<Activation, ActivationKind> pairs[] = {
      {LINEAR, ActivationKind::kLinear},   {RELU, ActivationKind::kRelu},
      {SIGMOID, ActivationKind::kSigmoid}, {TANH, ActivationKind::kTanh},
      {SOFTMAX, ActivationKind::kSoftmax}, {GELU, ActivationKind::kGelu}};
  EXPECT_EQ(std::size(pairs), static_cast<size_t>(Activation_ARRAYSIZE));
  for (const auto& [config, kind] : pairs) EXPECT_EQ(ToActivationKind(config), kind);
}

TEST(ActivationLayer, KeepsTheShapeAndHasNoParameters) {
  ActivationLayer layer(ActivationKind::kRelu);
  const LayerDeclaration declaration = layer.Declare({Shape{28, 28, 3}}).value();
  EXPECT_EQ(declaration.output, (Shape{28, 28, 3}));
  EXPECT_TRUE(declaration.parameters.empty());
  EXPECT_FALSE(layer.Declare({Shape{1}, Shape{1}}).ok());
}

TEST(ActivationLayer, WritesNoInputGradientThatNobodyNeeds) {
  const auto ops = MakeReferenceOps();
  Floats x = SmallIntegers(6, 1), y(6), dy = SmallIntegers(6, 2), dx(6);
  ActivationLayer layer(ActivationKind::kRelu);
  layer.Plan(ops.get(), 2, false, 0);
  LayerContext context;
  context.rows = 2;
  context.inputs = {x.matrix(2)};
  context.output = y.matrix(2);
  context.output_gradient = dy.matrix(2);
  context.input_gradients = {nullptr};
  layer.Forward(context);
  layer.Backward(context);
  ExpectExactly(dy.span(), SmallIntegers(6, 2).span());
  context.input_gradients = {dx.data()};
  layer.Backward(context);
  for (int64_t i = 0; i < 6; ++i) EXPECT_EQ(dx[i], x[i] > 0 ? dy[i] : 0);
}

}  // namespace
}  // namespace lockstep
