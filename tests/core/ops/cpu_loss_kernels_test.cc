#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

#include "core/ops/cpu_kernels.h"
#include "tests/testing/floats.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

// The loss of a sure prediction is exp(-x) and less; a sum in float32 would make it 0 from x = 17
// on.
TEST(Loss, OfASurePredictionKeepsItsRelativePrecision) {
  for (float x = 0; x < 80; x += 0.37f) {
    const double expected = std::log1p(std::exp(-static_cast<double>(x)));
    const int32_t one = 1, zero = 0;
    const LossSums binary =
        kernels::Loss(LossKind::kBinaryCrossentropy, {.output = {&x, 1, 1}, .labels = &one});
    EXPECT_NEAR(binary.loss, expected, 16 * kUnitRoundoff * expected) << x;
    float logits[] = {x, 0};
    const LossSums categorical = kernels::Loss(LossKind::kCategoricalCrossentropy,
                                               {.output = {logits, 1, 2}, .labels = &zero});
    // 1 + exp(-x) is held in double.
    EXPECT_NEAR(categorical.loss, expected, 16 * kUnitRoundoff * expected + 0x1.0p-52) << x;
  }
}

TEST(Loss, BitsDoNotDependOnAlignment) {
  constexpr int64_t kRows = 19, kOutputs = 21;
  const Floats output = RandomFloats(kRows * kOutputs, 1, -9, 9);
  const int32_t labels[kRows] = {0, 1, 20, 3, 16, 15};
  double loss = 0;
  for (const int by : {0, 1, 3, 8, 15}) {
    Floats moved = output.Copy(by), doutput(output.size(), by);
    const LossSums sums =
        kernels::Loss(LossKind::kCategoricalCrossentropy,
                      {.output = moved.matrix(kRows), .labels = labels, .doutput = doutput.data()});
    if (by == 0) loss = sums.loss;
    EXPECT_EQ(sums.loss, loss) << by;
  }
}

// exp is within 4 units of roundoff where it is not flushed to zero: one of two outputs at distance
// x.
TEST(Softmax, IsAccurateDownToItsSmallestShare) {
  for (float x = 0; x < 87; x += 0.01f) {
    float row[] = {0, -x};
    kernels::Softmax(row, row, 1, 2);
    const double e = std::exp(-static_cast<double>(x));
    EXPECT_NEAR(row[1], e / (1 + e), 10 * kUnitRoundoff * e) << x;
    EXPECT_NEAR(row[0], 1 / (1 + e), 4 * kUnitRoundoff) << x;
  }
}

}  // namespace
}  // namespace lockstep
