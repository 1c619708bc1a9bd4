#include "distributed/train/epoch_timing.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/testing/thread_ranks.h"

namespace lockstep {
namespace {

constexpr int kRanks = 3;
constexpr int64_t kTick = 1'000'000;  // a unit of the made-up times
constexpr int64_t kBytes = 4096;

// A step whose times are made up, in units: ranks begin together, `late` comes `late_by` after the
// others; two buckets are handed over one unit apart, the transfers take 1 and 3 units.
struct MadeUpStep {
  int late = -1;
  int64_t late_by = 0;
  int64_t last_done = 0;  // so much after the others rank 0 has the sums of the last bucket
};

void Take(const MadeUpStep& step, int64_t begin, Communicator* communicator, StepLog* log) {
  const int rank = communicator->rank();
  const int64_t own = rank == step.late ? step.late_by : 0;
  log->Begin({.step = 1, .epoch = 4, .samples = 12, .microbatches = kRanks}, begin);
  log->SetLeaf(0, {});
  const int64_t first = 10 + own, last = 11 + own, all = 11 + std::max<int64_t>(step.late_by, 0);
  const int64_t done = all + 3 + (rank == 0 ? step.last_done : 0);
  const PieceTimes pieces[] = {{begin + first * kTick, begin + (all - 1 + 1) * kTick},
                               {begin + last * kTick, begin + done * kTick}};
  log->SetPieces(pieces);
  log->ticks() = {2 * kTick, 3 * kTick, (6 + own) * kTick, (done - last) * kTick, 2 * kTick};
}

// The timing of `steps`, with the milliseconds of a unit.
EpochTiming TimingOf(const std::vector<MadeUpStep>& steps, double* unit_ms) {
  EpochTiming timing;
  const int64_t begin = NowTicks();
  OnThreadRanks(kRanks, {}, [&](Communicator* communicator) {
    TickScale scale;
    StepLog log(communicator, kRanks, 64, 2);
    const auto places = FindRankPlaces(communicator);
    ASSERT_TRUE(places.ok()) << places.status();
    EpochTimer timer(*places, {{{0, kBytes / 4}, 0}, {{kBytes / 4, kBytes}, 1}});
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // ticks are measured meanwhile
    for (const MadeUpStep& step : steps) {
      Take(step, begin, communicator, &log);
      const auto summaries = log.Flush(false);
      ASSERT_TRUE(summaries.ok()) << summaries.status();
      timer.Add(log, 0, (**summaries)[0]);
      timer.AddInterval(log);
    }
    if (communicator->rank() == 1) {
      timing = timer.Finish(log.clocks());
      *unit_ms = static_cast<double>(kTick) * scale.NsPerTick() * 1e-6;
    }
  });
  return timing;
}

TEST(EpochTiming, AWaitIsBlamedOnTheRankThatCameLate) {
  double ms = 0;
  const EpochTiming timing = TimingOf(std::vector<MadeUpStep>(8, {.late = 2, .late_by = 8}), &ms);
  ASSERT_EQ(timing.ranks.size(), 3u);
  const double near = 0.05 * ms;
  EXPECT_EQ(timing.ranks[2].last_share, 1);
  EXPECT_NEAR(timing.ranks[2].late_ms, 8 * ms, 8 * near);
  EXPECT_NEAR(timing.ranks[2].wait_ms, 0, near);
  EXPECT_NEAR(timing.ranks[2].transfer_ms, 3 * ms, 3 * near);
  for (const size_t early : {0, 1}) {
    EXPECT_EQ(timing.ranks[early].last_share, 0);
    EXPECT_NEAR(timing.ranks[early].wait_ms, 8 * ms, 8 * near);
    EXPECT_NEAR(timing.ranks[early].transfer_ms, 3 * ms, 3 * near);
    EXPECT_EQ(timing.ranks[early].blamed_ms, 0);
  }
}

TEST(EpochTiming, PartsSumToTheStep) {
  double ms = 0;
  const EpochTiming timing = TimingOf({{}, {.late = 0, .late_by = 4}, {}}, &ms);
  EXPECT_EQ(timing.steps, 3);
  EXPECT_EQ(timing.samples, 12);
  double sum = 0;
  for (const RankTiming& rank : timing.ranks) {
    for (const double phase : rank.phase_ms) sum += phase / 3;
    EXPECT_NEAR(rank.wait_ms + rank.transfer_ms, rank.phase_ms[kCommunication], 1e-6);
  }
  EXPECT_NEAR(timing.step_ms, sum, 1e-9 * sum);
  EXPECT_NEAR(timing.step_ms, (2 * 16 + 20) / 3.0 * ms, ms);
}

TEST(EpochTiming, BucketsTellTransfersExposureAndTheBoundOfOverlap) {
  double ms = 0;
  const EpochTiming timing = TimingOf(std::vector<MadeUpStep>(4), &ms);
  ASSERT_EQ(timing.buckets.size(), 2u);
  const double near = 0.1 * ms;
  EXPECT_EQ(timing.buckets[0].bytes, kBytes);
  EXPECT_NEAR(timing.buckets[0].transfer_ms, ms, near);
  EXPECT_NEAR(timing.buckets[0].exposed_ms, 0, near);
  EXPECT_NEAR(timing.buckets[1].ready_ms, ms, near);
  EXPECT_NEAR(timing.buckets[1].transfer_ms, 3 * ms, 3 * near);
  EXPECT_NEAR(timing.buckets[1].exposed_ms, 3 * ms, 3 * near);
  EXPECT_NEAR(timing.bound_ms, 4 * ms, 4 * near);
  EXPECT_NEAR(timing.reached_ms, 4 * ms, 4 * near);
}

TEST(EpochTiming, ATransferLastsUntilTheLastRankHasTheSums) {
  double ms = 0;
  const EpochTiming timing = TimingOf(std::vector<MadeUpStep>(4, {.last_done = 6}), &ms);
  EXPECT_NEAR(timing.buckets[1].transfer_ms, 9 * ms, ms);
  EXPECT_NEAR(timing.buckets[1].exposed_ms, (9 + 3 + 3) / 3.0 * ms, ms);
  EXPECT_NEAR(timing.bound_ms, 10 * ms, ms);
}

TEST(EpochTiming, ARankThatStoodStillInSomeStepsIsFound) {
  std::vector<MadeUpStep> steps(16);
  for (const size_t still : {2, 7, 12}) steps[still] = {.late = 1, .late_by = 2000};
  double ms = 0;
  const EpochTiming timing = TimingOf(steps, &ms);
  EXPECT_EQ(timing.stall.rank, 1);
  EXPECT_EQ(timing.stall.times, 3);
  EXPECT_NEAR(timing.stall.each_ms, 2000 * ms, 100 * ms);
  EXPECT_GT(timing.stall.share, 0.9);
}

TEST(EpochTiming, StallsHereAndThereAreNobodysFault) {
  std::vector<MadeUpStep> steps(16);
  for (const size_t still : {2, 7, 12}) {
    steps[still] = {.late = static_cast<int>(still % kRanks), .late_by = 2000};
  }
  double ms = 0;
  EXPECT_EQ(TimingOf(steps, &ms).stall.rank, -1);
}

}  // namespace
}  // namespace lockstep
