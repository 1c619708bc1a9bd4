#include "core/base/rng.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace lockstep {
namespace {

const RandomKey kKey = {7, RandomUse::kDropout, 3, 11};

// Philox4x32-10 of Random123's kat_vectors: counter and key all zero, then all ones.
TEST(Random4, GivesThePublishedPhiloxVector) {
  const RandomKey zero = {0, static_cast<RandomUse>(0), 0, 0};
  const std::array<uint32_t, 4> expected = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  EXPECT_EQ(Random4(zero, 0), expected);
}

TEST(Random4, EveryPartOfTheKeyChangesTheNumbers) {
  std::vector<RandomKey> keys(6, kKey);
  keys[1].seed = 8;
  keys[2].seed = 7 + (uint64_t{1} << 40);
  keys[3].use = RandomUse::kShuffle;
  keys[4].a = 4;
  keys[5].b = uint64_t{11} + (uint64_t{1} << 40);
  std::set<std::array<uint32_t, 4>> distinct;
  for (const RandomKey& key : keys) distinct.insert(Random4(key, 0));
  distinct.insert(Random4(kKey, 1));
  EXPECT_EQ(distinct.size(), keys.size() + 1);
}

TEST(Uniform, LiesInTheHalfOpenUnitIntervalWithItsMeanAndVariance) {
  double sum = 0, squares = 0;
  constexpr int kCount = 100000;
  for (int i = 0; i < kCount; ++i) {
    const double value = Uniform(kKey, static_cast<uint64_t>(i));
    ASSERT_GE(value, 0.0);
    ASSERT_LT(value, 1.0);
    sum += value;
    squares += value * value;
  }
  const double mean = sum / kCount;
  EXPECT_NEAR(mean, 0.5, 5 * std::sqrt(1.0 / 12 / kCount));
  EXPECT_NEAR(squares / kCount - mean * mean, 1.0 / 12, 0.002);
}

TEST(Uniform, StaysBelowOneAtTheLargestBits) {
  EXPECT_LT(ToUniform(0xFFFFFFFF), 1.0f);
  EXPECT_EQ(ToUniform(0), 0.0f);
}

TEST(Normal, HasMeanZeroVarianceOneAndItsTails) {
  double sum = 0, squares = 0;
  int beyond_two = 0;
  constexpr int kCount = 100000;
  for (int i = 0; i < kCount; ++i) {
    const double value = Normal(kKey, static_cast<uint64_t>(i));
    sum += value;
    squares += value * value;
    beyond_two += std::fabs(value) > 2;
  }
  EXPECT_NEAR(sum / kCount, 0, 5 / std::sqrt(kCount));
  EXPECT_NEAR(squares / kCount, 1, 0.03);
  EXPECT_NEAR(beyond_two / static_cast<double>(kCount), 0.0455, 0.004);
}

TEST(Permutation, HoldsEachNumberOnceForAnySize) {
  for (const size_t size : {0u, 1u, 2u, 3u, 100u, 1001u}) {
    std::vector<uint32_t> permutation(size);
    Permutation(kKey, permutation);
    EXPECT_EQ(std::set<uint32_t>(permutation.begin(), permutation.end()).size(), size);
    for (const uint32_t value : permutation) EXPECT_LT(value, size);
  }
}

TEST(Permutation, EachElementReachesEachPlaceEquallyOften) {
  constexpr int kSize = 5, kTrials = 20000;
  std::array<std::array<int, kSize>, kSize> count{};
  for (int trial = 0; trial < kTrials; ++trial) {
    std::array<uint32_t, kSize> permutation;
    Permutation({1, RandomUse::kShuffle, static_cast<uint32_t>(trial), 0}, permutation);
    for (size_t place = 0; place < kSize; ++place) ++count[place][permutation[place]];
  }
  for (const auto& row : count) {
    for (const int hits : row) EXPECT_NEAR(hits, kTrials / kSize, 300);  // 5 sigma is 283
  }
}

}  // namespace
}  // namespace lockstep
