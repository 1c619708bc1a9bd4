#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/ops/ops.h"
#include "tests/testing/floats.h"

namespace lockstep {
namespace {

// -1 / sqrt(v) for 64 values at a time: a step of RMSprop from weight 0 that keeps v as it is.
void NegativeInverseRoots(Floats* v, Floats* weights) {
  const std::vector<uint8_t> groups(static_cast<size_t>(v->size() / 64), 0);
  Floats gradients(v->size());
  std::fill_n(gradients.data(), gradients.size(), 1.0f);
  std::fill_n(weights->data(), weights->size(), 0.0f);
  const UpdateSpec spec = {.kind = UpdateKind::kRmsprop, .learning_rate = 1, .rho = 1};
  MakeCpuOps()->Update(spec, {.weights = weights->data(),
                              .gradients = gradients.data(),
                              .slot_0 = v->data(),
                              .block_groups = groups.data(),
                              .elems = v->size()});
}

// Distance of `actual` from `expected` in units of expected's last place.
double UnitsInTheLastPlace(float actual, double expected) {
  const float rounded = static_cast<float>(expected);
  const double unit = static_cast<double>(std::nextafter(rounded, INFINITY)) - rounded;
  return std::abs(actual - expected) / unit;
}

TEST(InverseSqrt, IsWithinTwoUnitsInTheLastPlaceForEveryNormalNumber) {
  constexpr int64_t kMantissas = 2048;
  Floats v(kMantissas), weights(kMantissas);
  double worst = 0;
  for (int exponent = -126; exponent <= 127; ++exponent) {
    const Floats mantissas = RandomFloats(kMantissas, static_cast<uint32_t>(exponent + 200), 1, 2);
    for (int64_t i = 0; i < kMantissas; ++i) v[i] = std::ldexp(mantissas[i], exponent);
    v[0] = std::ldexp(1.0f, exponent);
    v[1] = std::nextafter(std::ldexp(1.0f, exponent + 1), 0.0f);
    if (exponent == 127) v[1] = std::numeric_limits<float>::max();
    NegativeInverseRoots(&v, &weights);
    for (int64_t i = 0; i < kMantissas; ++i) {
      worst = std::max(worst,
                       UnitsInTheLastPlace(-weights[i], 1 / std::sqrt(static_cast<double>(v[i]))));
    }
  }
  EXPECT_LE(worst, 2);
}

// Below the normal numbers it is too small, but finite: v * InverseSqrt(v), Adam's root, then is
// below 1.1e-19, as the true root is.
TEST(InverseSqrt, IsFiniteAndTooSmallForZeroAndDenormals) {
  Floats v(64), weights(64);
  for (int64_t i = 0; i < 64; ++i) v[i] = std::ldexp(1.7f, -149 + static_cast<int>(i) / 3);
  v[0] = 0;
  NegativeInverseRoots(&v, &weights);
  for (int64_t i = 0; i < 64; ++i) {
    const double root = std::sqrt(static_cast<double>(v[i]));
    EXPECT_GT(-weights[i], 0) << v[i];
    EXPECT_TRUE(std::isfinite(weights[i])) << v[i];
    EXPECT_LE(-weights[i] * static_cast<double>(v[i]), root * (1 + 1e-6)) << v[i];
  }
}

TEST(InverseSqrt, OfAnOverflownMeanSquareIsNotANumberSoThatTrainingStops) {
  Floats v(64), weights(64);
  std::fill_n(v.data(), 64, std::numeric_limits<float>::infinity());
  NegativeInverseRoots(&v, &weights);
  for (const float weight : weights.span()) EXPECT_TRUE(std::isnan(weight));
}

TEST(Update, ANanGradientReachesItsWeightAndNoOther) {
  for (const UpdateKind kind : {UpdateKind::kSgd, UpdateKind::kRmsprop, UpdateKind::kAdam}) {
    Floats weights = RandomFloats(64, 1), gradients = RandomFloats(64, 2),
           slot_0 = RandomFloats(64, 3, 0, 1), slot_1 = RandomFloats(64, 4, 0, 1);
    gradients[17] = std::numeric_limits<float>::quiet_NaN();
    const uint8_t group = 0;
    UpdateSpec spec = {.kind = kind, .learning_rate = 0.1f, .rho = 0.9f};
    spec.beta_1 = spec.beta_2 = 0.9f;
    spec.epsilon = 1e-7f;
    MakeCpuOps()->Update(
        spec, {weights.data(), gradients.data(), slot_0.data(), slot_1.data(), &group, 64});
    for (int64_t i = 0; i < 64; ++i) EXPECT_EQ(std::isnan(weights[i]), i == 17) << i;
  }
}

}  // namespace
}  // namespace lockstep
