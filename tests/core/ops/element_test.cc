#include "core/ops/element.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

#include "core/base/rng.h"
#include "core/ops/specs.h"

namespace lockstep {
namespace {

TEST(OneMinus, IsRoundedFromTheDecimalNumberTheUserWrote) {
  EXPECT_EQ(OneMinus(0.999f), 0.001f);
  EXPECT_EQ(OneMinus(0.9f), 0.1f);
  EXPECT_EQ(OneMinus(0.9999999f), 1e-7f);
  EXPECT_EQ(OneMinus(0.0f), 1.0f);
  EXPECT_EQ(OneMinus(1.0f), 0.0f);
  EXPECT_EQ(OneMinus(0.5f), 0.5f);
}

TEST(OneMinus, OfANumberOfMoreDecimalsIsThatOfItsFloat) {
  const float third = 1.0f / 3.0f;
  EXPECT_EQ(OneMinus(third), static_cast<float>(1.0 - static_cast<double>(third)));
}

// Central differences in double: the slope is the derivative.
TEST(Gelu, SlopeIsItsDerivative) {
  for (double x = -6; x <= 6; x += 0.37) {
    const double h = 1e-5;
    EXPECT_NEAR(GeluSlope(x), (Gelu(x + h) - Gelu(x - h)) / (2 * h), 1e-9) << x;
  }
}

TEST(Gelu, IsTheExactFormWithErf) {
  EXPECT_NEAR(Gelu(1.0), 0.8413447460685429, 1e-15);  // Phi(1)
  EXPECT_NEAR(Gelu(-2.0), -0.04550026389635842, 1e-15);
  EXPECT_EQ(Gelu(0.0), 0.0);
}

TEST(Sigmoid, IsAccurateAtBothEnds) {
  EXPECT_EQ(Sigmoid(0.0), 0.5);
  EXPECT_NEAR(Sigmoid(-40.0) / std::exp(-40.0), 1, 1e-15);
  EXPECT_EQ(Sigmoid(1000.0f), 1.0f);
  EXPECT_EQ(Sigmoid(-1000.0f), 0.0f);
}

// Every gradient but those of linear kinds, by central differences in double.
TEST(ActivationGradient, IsTheDerivativeOfTheActivation) {
  for (const ActivationKind kind : {ActivationKind::kLinear, ActivationKind::kRelu,
                                    ActivationKind::kSigmoid, ActivationKind::kTanh,
                                    ActivationKind::kGelu}) {
    for (double x = -4.1; x < 4; x += 0.37) {
      const double h = 1e-5, y = Activated(kind, x);
      const double slope = (Activated(kind, x + h) - Activated(kind, x - h)) / (2 * h);
      EXPECT_NEAR(ActivationGradient(kind, x, y, 3.0), 3 * slope, 1e-8) << x;
    }
  }
}

TEST(InversePower, OfTheRootsIsThatOfThePower) {
  for (const float beta : {0.5f, 0.75f, 1.0f, 0.6f}) {
    for (const double scale : {0.3, 1.0, 7.5}) {
      EXPECT_NEAR(InversePower(scale, beta), std::pow(scale, -static_cast<double>(beta)), 1e-14);
    }
  }
}

TEST(DroppedOut, KeepsADrawOfTheRateAndScalesWhatIsKept) {
  EXPECT_EQ(DroppedOut(3, 0x80000000u, 0.5f), 6);
  EXPECT_EQ(DroppedOut(3, 0x7FFFFFFFu, 0.5f), 0);
  EXPECT_EQ(DroppedOut(3, 0, 0), 3);
}

TEST(DropoutKey, DiffersByLayerStepAndSample) {
  const auto first = [](uint32_t layer, uint64_t step, uint32_t sample) {
    return Random4(DropoutKey(1, layer, step, sample), 0);
  };
  EXPECT_EQ(first(1, 2, 3), first(1, 2, 3));
  EXPECT_NE(first(1, 2, 3), first(2, 2, 3));
  EXPECT_NE(first(1, 2, 3), first(1, 3, 3));
  EXPECT_NE(first(1, 2, 3), first(1, 2, 4));
  EXPECT_NE(first(1, 2, 3), first(1, 3, 2)) << "step and sample must not be exchangeable";
}

}  // namespace
}  // namespace lockstep
