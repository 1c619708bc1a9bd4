#include "core/nn/layers/dropout.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <vector>

#include "core/nn/layer.h"
#include "core/ops/ops.h"
#include "tests/testing/floats.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

constexpr int64_t kRows = 50, kCols = 201;

// A dropout layer and one pass over ones.
class Pass {
 public:
  explicit Pass(float rate, int layer_index = 1) : layer_(Config(rate)), ids_(kRows) {
    layer_.Plan(ops_.get(), kRows, false, layer_index);
    std::iota(ids_.begin(), ids_.end(), 0u);
    for (float& value : x.span()) value = 1;
    for (float& value : dy.span()) value = 3;
    context.rows = kRows;
    context.training = true;
    context.seed = 1;
    context.step = 2;
    context.sample_ids = ids_.data();
    context.inputs = {x.matrix(kRows)};
    context.output = y.matrix(kRows);
    context.output_gradient = dy.matrix(kRows);
    context.input_gradients = {dx.data()};
  }
  void Run() {
    layer_.Forward(context);
    layer_.Backward(context);
  }

  Floats x{kRows * kCols}, y{kRows * kCols}, dy{kRows * kCols}, dx{kRows * kCols};
  LayerContext context;

 private:
  static DropoutConfig Config(float rate) {
    DropoutConfig config;
    config.set_rate(rate);
    return config;
  }
  std::unique_ptr<Ops> ops_ = MakeCpuOps();
  DropoutLayer layer_;
  std::vector<uint32_t> ids_;
};

TEST(DropoutLayer, ZeroesItsRateAndScalesTheRest) {
  for (const float rate : {0.1f, 0.5f, 0.8f}) {
    Pass pass(rate);
    pass.Run();
    double zeros = 0;
    for (const float value : pass.y.span()) {
      if (value == 0) {
        ++zeros;
      } else {
        EXPECT_EQ(value, 1 / (1 - rate));
      }
    }
    const double n = kRows * kCols;  // five standard errors
    EXPECT_NEAR(zeros / n, rate, 5 * std::sqrt(rate * (1 - rate) / n));
  }
}

TEST(DropoutLayer, TheGradientHasTheMaskOfTheForwardPass) {
  Pass pass(0.5f);
  pass.Run();
  for (int64_t i = 0; i < pass.y.size(); ++i) ASSERT_EQ(pass.dx[i], 3 * pass.y[i]) << i;
}

TEST(DropoutLayer, DoesNothingInEvaluation) {
  Pass pass(0.5f);
  pass.context.training = false;
  pass.Run();
  ExpectExactly(pass.y.span(), pass.x.span());
}

TEST(DropoutLayer, TwoLayersOfANetworkHaveMasksOfTheirOwn) {
  Pass first(0.5f, 1), second(0.5f, 2);
  first.Run();
  second.Run();
  int64_t same = 0;
  for (int64_t i = 0; i < first.y.size(); ++i) same += first.y[i] == second.y[i] ? 1 : 0;
  const double n = kRows * kCols;
  EXPECT_NEAR(static_cast<double>(same) / n, 0.5, 5 * std::sqrt(0.25 / n));
}

TEST(DropoutLayer, KeepsTheShapeOfItsOneInput) {
  DropoutLayer layer({});
  EXPECT_EQ(layer.Declare({Shape{4, 5}}).value().output, (Shape{4, 5}));
  EXPECT_FALSE(layer.Declare({Shape{1}, Shape{1}}).ok());
}

TEST(DropoutLayer, WritesNoInputGradientThatNobodyNeeds) {
  Pass pass(0.5f);
  pass.context.input_gradients = {nullptr};
  pass.Run();
  EXPECT_TRUE(std::isnan(pass.dx[0]));
}

}  // namespace
}  // namespace lockstep
