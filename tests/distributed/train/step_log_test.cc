#include "distributed/train/step_log.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <thread>

#include "tests/distributed/comm/conformance.h"
#include "tests/testing/thread_ranks.h"

namespace lockstep {
namespace {

constexpr int64_t kMicrobatches = 5;

double LossOf(int64_t step, int64_t leaf) { return LeafValue(leaf, step); }

void TakeStep(StepLog* log, Communicator* communicator, int64_t step,
              int64_t microbatches = kMicrobatches) {
  log->Begin({.step = step,
              .epoch = 1,
              .samples = 100,
              .microbatches = microbatches,
              .learning_rate = 0.5f},
             NowTicks());
  const Range run = EvenPart(microbatches, communicator->size(), communicator->rank());
  for (int64_t i = 0; i < run.size(); ++i) {
    LossSums sums;
    sums.loss = LossOf(step, run.begin + i);
    sums.correct = 1;
    log->SetLeaf(i, sums);
  }
}

// ((0 + 1) + (2 + 3)) + 4, the tree over five leaves.
double TreeLoss(int64_t step) {
  return ((LossOf(step, 0) + LossOf(step, 1)) + (LossOf(step, 2) + LossOf(step, 3))) +
         LossOf(step, 4);
}

TEST(StepLog, LossesAreSummedInTreeOrderOnEveryRank) {
  for (const int ranks : {1, 2, 3, 5}) {
    OnThreadRanks(ranks, {}, [](Communicator* communicator) {
      StepLog log(communicator, kMicrobatches, 16);
      int64_t step = 0;
      for (int flush = 0; flush < 3; ++flush) {
        const int64_t first = step + 1;
        do {
          TakeStep(&log, communicator, ++step);
        } while (!log.FlushDue() && step < first + 3);
        const auto steps = log.Flush(false);
        ASSERT_TRUE(steps.ok()) << steps.status();
        ASSERT_EQ((*steps)->size(), static_cast<size_t>(step - first + 1));
        for (size_t k = 0; k < (*steps)->size(); ++k) {
          const StepSummary& summary = (**steps)[k];
          EXPECT_EQ(summary.step, first + static_cast<int64_t>(k));
          EXPECT_EQ(summary.samples, 100);
          EXPECT_EQ(summary.learning_rate, 0.5f);
          EXPECT_EQ(summary.sums.loss, TreeLoss(summary.step));
          EXPECT_EQ(summary.sums.correct, kMicrobatches);
        }
      }
    });
  }
}

// Of 5 micro-batches at most, a batch of 3 samples has 3.
TEST(StepLog, ASmallBatchIsSummedOverTheMicrobatchesThatItHas) {
  for (const int ranks : {1, 2, 5}) {
    OnThreadRanks(ranks, {}, [](Communicator* communicator) {
      StepLog log(communicator, kMicrobatches, 16);
      for (int64_t step = 1; step <= 3; ++step) {
        const int64_t microbatches = step == 2 ? 3 : kMicrobatches;
        TakeStep(&log, communicator, step, microbatches);
        const auto steps = log.Flush(false);
        ASSERT_TRUE(steps.ok()) << steps.status();
        EXPECT_EQ((**steps)[0].sums.correct, microbatches);
        EXPECT_EQ((**steps)[0].sums.loss,
                  step == 2 ? (LossOf(2, 0) + LossOf(2, 1)) + LossOf(2, 2) : TreeLoss(step));
      }
    });
  }
}

TEST(StepLog, TheSlowestRankOfEachPhaseIsKept) {
  OnThreadRanks(3, {}, [](Communicator* communicator) {
    StepLog log(communicator, kMicrobatches, 4);
    TakeStep(&log, communicator, 1);
    log.ticks()[kCommunication] = communicator->rank() == 1 ? int64_t{1} << 50 : 1;
    const auto steps = log.Flush(false);
    ASSERT_TRUE(steps.ok()) << steps.status();
    const StepSummary& step = (**steps)[0];
    EXPECT_GT(step.slowest.phase_ns[kCommunication], step.rank_0.phase_ns[kCommunication]);
    EXPECT_EQ(step.slowest.phase_ns[kForward], step.rank_0.phase_ns[kForward]);
  });
}

int64_t StepNs(const StepRecord& record) {
  return std::accumulate(record.phase_ns.begin(), record.phase_ns.end(), int64_t{0});
}

// Steps of no duration, until the log has seen that they are short.
void TakeShortSteps(StepLog* log, Communicator* communicator) {
  while (log->TimesNext()) {
    for (int i = 0; i < 16 && !log->FlushDue(); ++i) TakeStep(log, communicator, 1);
    ASSERT_TRUE(log->Flush(false).ok());
    TakeStep(log, communicator, 1);  // the first one is timed in any case
  }
  ASSERT_TRUE(log->Flush(false).ok());
}

TEST(StepLog, EveryEighthStepIsTimedWhereOneRanksStepsAreShort) {
  OnThreadRanks(1, {}, [](Communicator* communicator) {
    StepLog log(communicator, kMicrobatches, 4096);
    TakeShortSteps(&log, communicator);
    for (int k = 0; k < 24; ++k) {
      EXPECT_EQ(log.TimesNext(), k % 8 == 0) << k;
      TakeStep(&log, communicator, k);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // 24 steps of 40 us
    ASSERT_TRUE(log.Flush(false).ok());
    TakeStep(&log, communicator, 1);
    EXPECT_TRUE(log.TimesNext());
  });
}

TEST(StepLog, EveryStepOfSeveralRanksIsTimed) {
  OnThreadRanks(2, {}, [](Communicator* communicator) {
    StepLog log(communicator, kMicrobatches, 4096);
    for (int flush = 0; flush < 8; ++flush) {
      for (int k = 0; k < 16 && !log.FlushDue(); ++k) {
        EXPECT_TRUE(log.TimesNext());
        TakeStep(&log, communicator, k);
      }
      ASSERT_TRUE(log.Flush(false).ok());
    }
  });
}

// A timed step of 600 units, three that share 900, a timed one of 200, one that lasts until now.
TEST(StepLog, StepsThatAreNotTimedShareTheTimeBetweenThoseThatAre) {
  OnThreadRanks(1, {}, [](Communicator* communicator) {
    constexpr int64_t kUnit = 1'000'000;
    StepLog log(communicator, kMicrobatches, 4096);
    TakeShortSteps(&log, communicator);
    const int64_t begin = NowTicks() - 2000 * kUnit;
    const auto take = [&](int64_t begin_ticks) {
      log.Begin({.step = 1, .epoch = 1, .samples = 1, .microbatches = 1}, begin_ticks);
      log.SetLeaf(0, {});
    };
    take(begin);
    log.ticks() = {0, 100 * kUnit, 200 * kUnit, 0, 300 * kUnit};
    for (int k = 0; k < 3; ++k) take(0);
    take(begin + 1500 * kUnit);
    log.ticks() = {0, 0, 0, 0, 200 * kUnit};
    take(0);
    ASSERT_TRUE(log.Flush(false).ok());
    std::array<StepRecord, 6> records;
    for (size_t k = 0; k < records.size(); ++k) records[k] = log.Record(k, 0);
    const double unit = static_cast<double>(StepNs(records[0])) / 600;
    for (size_t k = 1; k < records.size(); ++k) {
      EXPECT_NEAR(static_cast<double>(records[k].begin_ns - records[k - 1].begin_ns),
                  static_cast<double>(StepNs(records[k - 1])), 100) << "a gap before " << k;
    }
    for (const size_t k : {1, 2, 3}) {
      EXPECT_NEAR(static_cast<double>(StepNs(records[k])), 300 * unit, unit);
      EXPECT_NEAR(static_cast<double>(records[k].phase_ns[kForward]), 50 * unit, unit);
      EXPECT_NEAR(static_cast<double>(records[k].phase_ns[kOptimizer]), 150 * unit, unit);
    }
    EXPECT_GE(static_cast<double>(StepNs(records[5])), 299 * unit);
    EXPECT_EQ(StepNs(records[5]), records[5].phase_ns[kOptimizer] + records[5].phase_ns[kBackward]);
  });
}

TEST(StepLog, OneRanksWishToStopIsKnownToAll) {
  OnThreadRanks(3, {}, [](Communicator* communicator) {
    StepLog log(communicator, kMicrobatches, 4);
    TakeStep(&log, communicator, 1);
    ASSERT_TRUE(log.Flush(false).ok());
    EXPECT_FALSE(log.any_stop());
    TakeStep(&log, communicator, 2);
    ASSERT_TRUE(log.Flush(communicator->rank() == 1).ok());
    EXPECT_TRUE(log.any_stop());
  });
}

TEST(StepLog, AFlushWithoutStepsIsEmpty) {
  OnThreadRanks(2, {}, [](Communicator* communicator) {
    StepLog log(communicator, kMicrobatches, 4);
    const auto steps = log.Flush(false);
    ASSERT_TRUE(steps.ok()) << steps.status();
    EXPECT_TRUE((*steps)->empty());
  });
}

// Else slow steps would go on for long before a wish to stop is heard.
TEST(StepLog, AFlushWithoutStepsLeavesTheTimeOfTheNextOneAsItWas) {
  OnThreadRanks(2, {}, [](Communicator* communicator) {
    StepLog log(communicator, kMicrobatches, 16);
    TakeStep(&log, communicator, 1);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));  // so at most 3 in a second
    ASSERT_TRUE(log.Flush(false).ok());
    ASSERT_TRUE(log.Flush(false).ok());
    for (int64_t step = 2; step <= 4 && !log.FlushDue(); ++step) {
      TakeStep(&log, communicator, step);
    }
    EXPECT_TRUE(log.FlushDue());
  });
}

TEST(StepLog, RecordsBetweenFlushesTakeAtMost64MiB) {
  for (const int64_t microbatches : {1, 8, 1000, 65536, 1 << 24}) {
    const int64_t steps = StepLog::MostSteps(microbatches);
    EXPECT_GE(steps, 1);
    EXPECT_LE(steps, 4096);
    const auto bytes = [&](int64_t n) { return n * microbatches * int64_t{sizeof(LossSums)}; };
    EXPECT_TRUE(steps == 1 || bytes(steps) <= 64 << 20) << microbatches;
    EXPECT_TRUE(steps == 4096 || bytes(steps + 1) > 64 << 20) << microbatches;
  }
}

TEST(StepLog, ALossThatIsNotFiniteIsNamedWithStepRankAndMicrobatch) {
  for (const double loss : {std::numeric_limits<double>::quiet_NaN(),
                            std::numeric_limits<double>::infinity()}) {
    OnThreadRanks(3, {}, [loss](Communicator* communicator) {
      StepLog log(communicator, kMicrobatches, 4);
      TakeStep(&log, communicator, 17);
      if (communicator->rank() == 2) {  // its micro-batch is number 4, of 0 1 | 2 3 | 4
        LossSums sums;
        sums.loss = loss;
        log.SetLeaf(0, sums);
      }
      const Status status = log.Flush(false).status();
      EXPECT_EQ(ExitCodeOf(status), ExitCode::kNotFinite);
      const std::string found = std::isnan(loss) ? "became NaN " : "became infinite ";
      EXPECT_NE(status.message().find(found + "at step 17 (epoch 1, rank 2, micro-batch 4)"),
                absl::string_view::npos)
          << status;
    });
  }
}

}  // namespace
}  // namespace lockstep
