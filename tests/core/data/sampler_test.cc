#include "core/data/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace lockstep {
namespace {

using Ids = std::vector<uint32_t>;

// The batches of one epoch, one after the other.
Ids Epoch(Sampler* sampler, uint32_t epoch) {
  sampler->StartEpoch(epoch);
  Ids ids;
  for (int64_t step = 0; step < sampler->steps_per_epoch(); ++step) {
    const auto batch = sampler->Batch(step);
    ids.insert(ids.end(), batch.begin(), batch.end());
  }
  return ids;
}

struct Sizes {
  int64_t samples, batch;
};

class SamplerOfSizes : public testing::TestWithParam<Sizes> {};

TEST_P(SamplerOfSizes, AnEpochHoldsEachSampleExactlyOnce) {
  const auto [samples, batch] = GetParam();
  Ids all(static_cast<size_t>(samples));
  std::iota(all.begin(), all.end(), 0u);
  for (const Shuffle shuffle : {Shuffle::kNever, Shuffle::kOnce, Shuffle::kEachEpoch}) {
    Sampler sampler(samples, batch, shuffle, 5);
    for (const uint32_t epoch : {0u, 1u, 2u}) {
      Ids ids = Epoch(&sampler, epoch);
      if (shuffle != Shuffle::kNever) std::sort(ids.begin(), ids.end());
      EXPECT_EQ(ids, all);
    }
  }
}

TEST_P(SamplerOfSizes, OnlyTheLastBatchIsShorter) {
  const auto [samples, batch] = GetParam();
  Sampler sampler(samples, batch, Shuffle::kEachEpoch, 5);
  sampler.StartEpoch(0);
  const int64_t steps = sampler.steps_per_epoch();
  EXPECT_EQ(steps, (samples + batch - 1) / batch);
  for (int64_t step = 0; step + 1 < steps; ++step) {
    EXPECT_EQ(sampler.Batch(step).size(), static_cast<size_t>(batch));
  }
  EXPECT_EQ(sampler.Batch(steps - 1).size(), static_cast<size_t>(samples - (steps - 1) * batch));
}

INSTANTIATE_TEST_SUITE_P(Sizes, SamplerOfSizes,
                         testing::Values(Sizes{1, 1}, Sizes{1, 8}, Sizes{10, 3}, Sizes{12, 3},
                                         Sizes{7, 7}, Sizes{1000, 64}));

TEST(Sampler, AnOrderDependsOnSeedAndEpochAlone) {
  Sampler first(100, 8, Shuffle::kEachEpoch, 5), second(100, 32, Shuffle::kEachEpoch, 5);
  Sampler other_seed(100, 8, Shuffle::kEachEpoch, 6);
  const Ids epoch3 = Epoch(&first, 3);
  Epoch(&second, 0);
  Epoch(&second, 1);
  EXPECT_EQ(Epoch(&second, 3), epoch3);
  EXPECT_NE(Epoch(&first, 4), epoch3);
  EXPECT_EQ(Epoch(&first, 3), epoch3);
  EXPECT_NE(Epoch(&other_seed, 3), epoch3);
}

TEST(Sampler, OneOrderForAllEpochsIsThatOfTheFirst) {
  Sampler once(100, 8, Shuffle::kOnce, 5), each(100, 8, Shuffle::kEachEpoch, 5);
  const Ids first = Epoch(&each, 1);
  EXPECT_EQ(Epoch(&once, 1), first);
  EXPECT_EQ(Epoch(&once, 7), first);
}

TEST(Microbatch, PartsAreInOrderEvenAndWhole) {
  Ids batch(23);
  std::iota(batch.begin(), batch.end(), 100u);
  for (const int64_t parts : {1, 2, 5, 8, 23, 30}) {
    Ids joined;
    for (int64_t i = 0; i < parts; ++i) {
      const auto part = Microbatch(batch, parts, i);
      EXPECT_GE(static_cast<int64_t>(part.size()), 23 / parts);
      EXPECT_LE(static_cast<int64_t>(part.size()), 23 / parts + 1);
      joined.insert(joined.end(), part.begin(), part.end());
    }
    EXPECT_EQ(joined, batch) << parts << " parts";
  }
}

}  // namespace
}  // namespace lockstep
