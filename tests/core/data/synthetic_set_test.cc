#include "core/data/synthetic_set.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace lockstep {
namespace {

SyntheticData Config(uint32_t classes, uint32_t samples) {
  SyntheticData config;
  config.add_shape(8);
  config.add_shape(4);
  config.set_classes(classes);
  config.set_samples(samples);
  return config;
}

TEST(LoadSynthetic, IsAFunctionOfTheSeed) {
  const TrainAndTest sets = LoadSynthetic(Config(3, 50), 7);
  EXPECT_EQ(LoadSynthetic(Config(3, 50), 7).train.dense, sets.train.dense);
  EXPECT_NE(LoadSynthetic(Config(3, 50), 8).train.dense, sets.train.dense);
}

TEST(LoadSynthetic, MoreSamplesBeginWithTheSameOnes) {
  const std::vector<float> few = LoadSynthetic(Config(3, 20), 7).train.dense;
  std::vector<float> many = LoadSynthetic(Config(3, 50), 7).train.dense;
  many.resize(few.size());
  EXPECT_EQ(many, few);
}

TEST(LoadSynthetic, TheTestSetIsAFifthOfOtherSamples) {
  const TrainAndTest sets = LoadSynthetic(Config(3, 50), 7);
  EXPECT_EQ(sets.train.size, 50);
  EXPECT_EQ(sets.test.size, 10);
  EXPECT_EQ(LoadSynthetic(Config(3, 2), 7).test.size, 1);
  EXPECT_EQ(sets.train.format.shape, std::vector<int64_t>({8, 4}));
  EXPECT_NE(std::vector<float>(sets.train.dense.begin(), sets.train.dense.begin() + 32),
            std::vector<float>(sets.test.dense.begin(), sets.test.dense.begin() + 32));
}

// With 32 features of noise 1 around +-1, the mean of a class over 500 samples is off by at most 5
// / sqrt(500).
TEST(LoadSynthetic, SamplesOfAClassLieAroundItsMean) {
  const Dataset data = LoadSynthetic(Config(2, 1000), 7).train;
  for (size_t j = 0; j < 32; ++j) {
    double sum = 0;
    for (size_t i = 0; i < 1000; i += 2) {
      ASSERT_EQ(data.labels[i], 0);
      sum += data.dense[i * 32 + j];
    }
    EXPECT_NEAR(std::abs(sum / 500), 1, 5 / std::sqrt(500.0));
  }
}

TEST(LoadSynthetic, WithoutClassesTheTargetIsTheMeanOfTheFeatures) {
  const Dataset data = LoadSynthetic(Config(0, 10), 7).train;
  EXPECT_EQ(data.format.classes, 0);
  double sum = 0;
  for (size_t j = 0; j < 32; ++j) sum += data.dense[j];
  EXPECT_FLOAT_EQ(data.targets[0], static_cast<float>(sum / 32));
}

}  // namespace
}  // namespace lockstep
