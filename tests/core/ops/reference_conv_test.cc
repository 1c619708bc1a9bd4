// The oracle's convolution against numbers worked out by hand.
#include <gtest/gtest.h>

#include <memory>

#include "core/ops/ops.h"
#include "core/ops/specs.h"

namespace lockstep {
namespace {

std::unique_ptr<ConvPlan> Plan(const ConvSpec& spec) { return MakeReferenceOps()->PlanConv(spec); }

// A window of 2 x 2 over 2 x 3 pixels, a row of padding below.
ConvSpec Small() {
  return {.in = {2, 3, 1},
          .out = {2, 2, 1},
          .window = {.height = 2, .width = 2, .pad_bottom = 1},
          .max_rows = 1};
}

TEST(ReferenceConv, EachPixelIsTheSumOfItsWindowTimesTheKernelNotFlipped) {
  float x[] = {1, 2, 3, 4, 5, 6}, w[] = {1, 10, 100, 1000}, b[] = {0.5f}, y[4];
  Plan(Small())->Forward({x, 1, 6}, w, b, {y, 1, 4}, false);
  const float expected[] = {5421.5f, 6532.5f, 54.5f, 65.5f};
  for (int i = 0; i < 4; ++i) EXPECT_EQ(y[i], expected[i]) << i;
}

TEST(ReferenceConv, GradientsGoToWhatEachProductWasMadeOf) {
  float x[] = {1, 2, 3, 4, 5, 6}, w[] = {1, 10, 100, 1000}, y[4] = {}, dy[] = {1, 2, 3, 4};
  float dx[6], dw[4], db[1];
  Plan(Small())->Backward({x, 1, 6}, w, {{y, 1, 4}, {dy, 1, 4}, dx, dw, db}, true);
  const float expected_dx[] = {1, 12, 20, 103, 1234, 2040};
  for (int i = 0; i < 6; ++i) EXPECT_EQ(dx[i], expected_dx[i]) << i;
  const float expected_dw[] = {37, 47, 14, 17};
  for (int i = 0; i < 4; ++i) EXPECT_EQ(dw[i], expected_dw[i]) << i;
  EXPECT_EQ(db[0], 10);
}

TEST(ReferenceConv, AFilterSeesTheChannelsOfItsGroupAlone) {
  const ConvSpec spec = {
      .in = {1, 1, 4}, .out = {1, 1, 2}, .window = {}, .groups = 2, .max_rows = 1};
  float x[] = {1, 2, 3, 4}, w[] = {10, 1000, 100, 10000}, y[2];
  Plan(spec)->Forward({x, 1, 4}, w, nullptr, {y, 1, 2}, false);
  EXPECT_EQ(y[0], 210);
  EXPECT_EQ(y[1], 43000);
}

TEST(ReferenceConv, StridesAndDilationMoveTheWindowAndItsTaps) {
  const ConvSpec spec = {
      .in = {1, 7, 1},
      .out = {1, 2, 1},
      .window = {.width = 2, .stride_width = 3, .dilation_width = 2, .pad_left = 1},
      .max_rows = 1};
  float x[] = {1, 2, 3, 4, 5, 6, 7}, w[] = {1, 10}, y[2];
  Plan(spec)->Forward({x, 1, 7}, w, nullptr, {y, 1, 2}, false);
  EXPECT_EQ(y[0], 20);
  EXPECT_EQ(y[1], 53);
}

TEST(ReferenceConv, InferNormalisesWithTheStatisticsGiven) {
  const ConvSpec spec = {.in = {1, 1, 1},
                         .out = {1, 1, 2},
                         .window = {},
                         .folded_epsilon = 1,
                         .folded_activation = ActivationKind::kRelu,
                         .max_rows = 1};
  float x[] = {3}, w[] = {2, -2}, b[] = {1, 1}, y[2];
  float gamma[] = {4, 4}, beta[] = {0.5f, 0.5f}, mean[] = {5, 5}, variance[] = {3, 3};
  Plan(spec)->Infer({x, 1, 1}, w, b, {gamma, beta, mean, variance}, {y, 1, 2}, false);
  EXPECT_EQ(y[0], 4.5f);
  EXPECT_EQ(y[1], 0);
}

}  // namespace
}  // namespace lockstep
