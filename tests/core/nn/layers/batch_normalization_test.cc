#include "core/nn/layers/batch_normalization.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/base/status.h"
#include "core/nn/layer.h"
#include "proto/config.pb.h"
#include "tests/testing/floats.h"
#include "tests/testing/layer_run.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

constexpr int64_t kRows = 3, kPixels = 4, kChannels = 2;
const Shape kImage = {2, 2, kChannels};

TEST(BatchNormalizationLayer, DeclaresKerasFourParameters) {
  BatchNormalizationConfig config;
  config.set_momentum(0.9f);
  config.set_gamma_initializer(ZEROS);
  BatchNormalizationLayer layer(config, ActivationKind::kLinear, false);
  const LayerDeclaration declaration = layer.Declare({kImage}).value();
  EXPECT_EQ(declaration.output, kImage);
  ASSERT_EQ(declaration.parameters.size(), 4u);
  const char* names[] = {"gamma", "beta", "moving_mean", "moving_variance"};
  const Initializer starts[] = {ZEROS, ZEROS, ZEROS, ONES};
  for (size_t i = 0; i < 4; ++i) {
    const LayerParameter& parameter = declaration.parameters[i];
    EXPECT_EQ(parameter.name, names[i]);
    EXPECT_EQ(parameter.shape, Shape{kChannels});
    EXPECT_EQ(parameter.initializer, starts[i]) << names[i];
    EXPECT_EQ(parameter.group,
              i < 2 ? ParameterGroup::kBias : ParameterGroup::kMovingStatistic);
    EXPECT_EQ(parameter.momentum, i < 2 ? 0 : 0.9f);
  }
  EXPECT_FALSE(declaration.output_saved);
  EXPECT_TRUE(declaration.inputs_saved);
}

// Of channel c over all rows and pixels.
double Mean(const Floats& x, int64_t c) {
  double sum = 0;
  for (int64_t i = c; i < x.size(); i += kChannels) sum += x[i];
  return sum / (kRows * kPixels);
}

double Variance(const Floats& x, int64_t c) {
  double sum = 0;
  for (int64_t i = c; i < x.size(); i += kChannels) sum += std::pow(x[i] - Mean(x, c), 2);
  return sum / (kRows * kPixels);
}

TEST(BatchNormalizationLayer, GivesItsStatisticsInProportionToItsRows) {
  BatchNormalizationLayer layer(BatchNormalizationConfig(), ActivationKind::kLinear, false);
  LayerRun run(&layer, {kImage}, kRows, 7);
  run.Forward();
  run.Backward();
  for (int64_t c = 0; c < kChannels; ++c) {
    const double mean = Mean(run.inputs[0], c), variance = Variance(run.inputs[0], c);
    // The share 3 / 7 is off by 2^-25, the statistics by the roundings of sums of 12 and 24.
    EXPECT_NEAR(run.parameter_gradients[2][c], mean * 3 / 7, 16 * kUnitRoundoff * 8);
    EXPECT_NEAR(run.parameter_gradients[3][c], variance * 3 / 7, 32 * kUnitRoundoff * 64);
  }
  EXPECT_TRUE(run.intact());
}

TEST(BatchNormalizationLayer, TakesTheMovingStatisticsInEvaluation) {
  BatchNormalizationLayer layer(BatchNormalizationConfig(), ActivationKind::kRelu, false);
  LayerRun run(&layer, {kImage}, kRows);
  run.context.training = false;
  for (float& variance : run.parameters[3].span()) variance = 4;
  run.Forward();
  for (int64_t i = 0; i < run.output.size(); ++i) {
    const int64_t c = i % kChannels;
    const double z = run.parameters[0][c] * (run.inputs[0][i] - run.parameters[2][c]) /
                         std::sqrt(4 + 1e-3) + run.parameters[1][c];
    EXPECT_NEAR(run.output[i], std::max(z, 0.0), 8 * kUnitRoundoff * 8 * 16);
  }
}

TEST(BatchNormalizationLayer, WithoutRowsHasGradientsOfZero) {
  BatchNormalizationLayer layer(BatchNormalizationConfig(), ActivationKind::kLinear, false);
  LayerRun run(&layer, {kImage}, 1, 5);
  run.context.rows = 0;
  run.Forward();
  run.Backward();
  for (const Floats& gradient : run.parameter_gradients) {
    for (int64_t c = 0; c < kChannels; ++c) EXPECT_EQ(gradient[c], 0);
  }
}

TEST(BatchNormalizationLayer, AddsItsSecondInputWhereItHasAnAddend) {
  BatchNormalizationLayer plain(BatchNormalizationConfig(), ActivationKind::kLinear, false);
  BatchNormalizationLayer adding(BatchNormalizationConfig(), ActivationKind::kLinear, true);
  LayerRun alone(&plain, {kImage}, kRows), run(&adding, {kImage, kImage}, kRows);
  alone.Forward();
  run.Forward();
  const Floats dy = run.output_gradient.Copy();
  for (int64_t i = 0; i < run.output.size(); ++i) {
    EXPECT_NEAR(run.output[i], alone.output[i] + run.inputs[1][i], 4 * kUnitRoundoff * 32);
  }
  run.Backward();
  ExpectExactly(run.input_gradients[1].span(), dy.span());
}

TEST(BatchNormalizationLayer, WritesItsInputGradientInThePlaceOfItsOutputs) {
  BatchNormalizationLayer layer(BatchNormalizationConfig(), ActivationKind::kRelu, false);
  LayerRun apart(&layer, {kImage}, kRows), run(&layer, {kImage}, kRows);
  EXPECT_TRUE(run.declaration.gradient_in_place);
  for (LayerRun* each : {&apart, &run}) each->Forward();
  apart.Backward();
  LayerContext context = run.context;
  context.input_gradients = {run.output_gradient.data()};
  layer.Backward(context);
  ExpectExactly(run.output_gradient.span(), apart.input_gradients[0].span());
}

TEST(BatchNormalizationLayer, RefusesOtherInputs) {
  BatchNormalizationLayer plain(BatchNormalizationConfig(), ActivationKind::kLinear, false);
  EXPECT_EQ(plain.Declare({kImage, kImage}).status().message(),
            "batch_normalization takes one input, found 2");
  BatchNormalizationLayer adding(BatchNormalizationConfig(), ActivationKind::kLinear, true);
  EXPECT_EQ(ExitCodeOf(adding.Declare({kImage, Shape{2, 2, 3}}).status()), ExitCode::kUsage);
}

}  // namespace
}  // namespace lockstep
