#include "distributed/train/microbatch_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace lockstep {
namespace {

struct Taken {
  uint32_t epoch = 0;
  std::vector<uint32_t> ids;
  bool operator==(const Taken&) const = default;
};

constexpr int64_t kSamples = 23, kBatch = 7, kLeaves = 3;

int64_t Leaves(int64_t samples) { return std::min(kLeaves, samples); }

// What a loop over steps and this rank's micro-batches takes, as the trainer has it.
std::vector<Taken> ByTheLoop(Sampler sampler, const RankShare& share) {
  std::vector<Taken> all;
  const int64_t steps = sampler.steps_per_epoch();
  for (int64_t step = share.first_step; step < share.last_step; ++step) {
    const uint32_t epoch = static_cast<uint32_t>(step / steps + 1);
    sampler.StartEpoch(epoch);
    const auto batch = sampler.Batch(step % steps);
    const int64_t leaves = Leaves(static_cast<int64_t>(batch.size()));
    const Range mine = EvenPart(leaves, share.ranks, share.rank);
    for (int64_t leaf = mine.begin; leaf < mine.end; ++leaf) {
      const auto ids = Microbatch(batch, leaves, leaf);
      all.push_back({epoch, {ids.begin(), ids.end()}});
    }
  }
  return all;
}

// Also ranks without a micro-batch, and a resume within an epoch.
TEST(MicrobatchOrder, IsWhatEachRankTakesStepByStep) {
  for (const Shuffle shuffle : {Shuffle::kNever, Shuffle::kOnce, Shuffle::kEachEpoch}) {
    for (const int ranks : {1, 2, 3, 5}) {
      for (int rank = 0; rank < ranks; ++rank) {
        for (const int64_t first : {0, 2, 4, 11}) {
          const Sampler sampler(kSamples, kBatch, shuffle, 9);
          const RankShare share = {rank, ranks, first, 11, Leaves};
          MicrobatchOrder order(sampler, share);
          std::vector<Taken> all;
          for (LoadRequest request; order.Next(&request);) {
            all.push_back({request.epoch, {request.ids.begin(), request.ids.end()}});
          }
          EXPECT_EQ(all, ByTheLoop(sampler, share)) << rank << " of " << ranks << " from " << first;
        }
      }
    }
  }
}

TEST(MicrobatchOrder, LeavesTheSamplerThatItWasMadeOfInItsEpoch) {
  Sampler sampler(kSamples, kBatch, Shuffle::kEachEpoch, 9);
  sampler.StartEpoch(1);
  const auto before = sampler.Batch(0);
  const std::vector<uint32_t> ids(before.begin(), before.end());
  MicrobatchOrder order(sampler, {0, 1, 0, 100, Leaves});
  for (LoadRequest request; order.Next(&request);) continue;
  const auto after = sampler.Batch(0);
  EXPECT_EQ(std::vector<uint32_t>(after.begin(), after.end()), ids);
}

}  // namespace
}  // namespace lockstep
