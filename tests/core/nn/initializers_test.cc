#include "core/nn/initializers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ostream>
#include <vector>

namespace lockstep {
namespace {

constexpr int64_t kFanIn = 300, kFanOut = 500;

std::vector<float> Draw(Initializer initializer, uint64_t seed = 1, uint32_t index = 2) {
  std::vector<float> values(static_cast<size_t>(kFanIn * kFanOut), 7.0f);
  const LayerParameter parameter = {.name = "kernel",
                                    .shape = Shape{kFanIn, kFanOut},
                                    .initializer = initializer,
                                    .fan_in = kFanIn,
                                    .fan_out = kFanOut};
  Initialize(parameter, seed, index, values);
  return values;
}

struct Moments {
  double mean = 0, variance = 0, largest = 0, fourth = 0;
};

Moments MomentsOf(const std::vector<float>& values) {
  Moments m;
  const double n = static_cast<double>(values.size());
  for (const float x : values) {
    m.mean += x / n;
    m.variance += static_cast<double>(x) * x / n;
    m.fourth += std::pow(x, 4) / n;
    m.largest = std::max(m.largest, std::abs(static_cast<double>(x)));
  }
  return m;
}

// What Keras' definition says of a kernel's values.
struct Expected {
  Initializer initializer;
  double variance;
  double bound;     // no value lies beyond
  double kurtosis;  // fourth moment over the variance squared: tells the shape
};

constexpr double kGlorot = 2.0 / (kFanIn + kFanOut), kHe = 2.0 / kFanIn;
// A normal cut at two standard deviations has this standard deviation and kurtosis.
constexpr double kCutStddev = 0.8796256610342398, kCutKurtosis = 2.3655;

const Expected kExpected[] = {
    {GLOROT_UNIFORM, kGlorot, std::sqrt(3 * kGlorot), 1.8},
    {HE_UNIFORM, kHe, std::sqrt(3 * kHe), 1.8},
    {GLOROT_NORMAL, kGlorot, 2 * std::sqrt(kGlorot) / kCutStddev, kCutKurtosis},
    {HE_NORMAL, kHe, 2 * std::sqrt(kHe) / kCutStddev, kCutKurtosis}};

void PrintTo(const Expected& row, std::ostream* out) { *out << Initializer_Name(row.initializer); }

class Initializers : public testing::TestWithParam<Expected> {};

// 150,000 draws: five standard errors of each moment.
TEST_P(Initializers, HaveKerasBoundsAndMoments) {
  const Expected& expected = GetParam();
  const Moments m = MomentsOf(Draw(expected.initializer));
  const double n = static_cast<double>(kFanIn * kFanOut);
  EXPECT_NEAR(m.mean, 0, 5 * std::sqrt(expected.variance / n));
  const double kurtosis = expected.kurtosis;
  EXPECT_NEAR(m.variance / expected.variance, 1, 5 * std::sqrt((kurtosis - 1) / n));
  EXPECT_NEAR(m.fourth / (expected.variance * expected.variance) / kurtosis, 1, 0.02);
  EXPECT_LE(m.largest, expected.bound * (1 + 1e-6));
  EXPECT_GE(m.largest, expected.bound * 0.99) << "the values do not reach the bound";
}

TEST_P(Initializers, DependOnSeedAndPlaceAlone) {
  const std::vector<float> values = Draw(GetParam().initializer);
  EXPECT_EQ(Draw(GetParam().initializer), values);
  EXPECT_NE(Draw(GetParam().initializer, 2, 2), values);
  EXPECT_NE(Draw(GetParam().initializer, 1, 3), values);
}

// A kernel's beginning does not tell how long it is: nothing is drawn in the order of calls.
TEST_P(Initializers, AnElementsValueIsKeyedByItsPosition) {
  const std::vector<float> values = Draw(GetParam().initializer);
  std::vector<float> first(1000);
  const LayerParameter parameter = {.name = "kernel",
                                    .shape = Shape{2, 500},
                                    .initializer = GetParam().initializer,
                                    .fan_in = kFanIn,
                                    .fan_out = kFanOut};
  Initialize(parameter, 1, 2, first);
  EXPECT_TRUE(std::equal(first.begin(), first.end(), values.begin()));
}

INSTANTIATE_TEST_SUITE_P(Kinds, Initializers, testing::ValuesIn(kExpected),
                         [](const auto& row) { return Initializer_Name(row.param.initializer); });

TEST(Initialize, ZerosOverwritesEverything) {
  for (const float value : Draw(ZEROS)) ASSERT_EQ(value, 0);
}

// Neighbours and equal positions of two kernels are uncorrelated.
TEST(Initialize, ValuesAreIndependent) {
  const std::vector<float> a = Draw(GLOROT_NORMAL, 1, 2), b = Draw(GLOROT_NORMAL, 1, 3);
  double neighbours = 0, kernels = 0;
  for (size_t i = 0; i + 1 < a.size(); ++i) {
    neighbours += static_cast<double>(a[i]) * a[i + 1];
    kernels += static_cast<double>(a[i]) * b[i];
  }
  const double n = static_cast<double>(a.size());
  EXPECT_NEAR(neighbours / n / kGlorot, 0, 5 / std::sqrt(n));
  EXPECT_NEAR(kernels / n / kGlorot, 0, 5 / std::sqrt(n));
}

}  // namespace
}  // namespace lockstep
