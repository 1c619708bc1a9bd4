#include "distributed/scaling/cost_model.h"

#include <gtest/gtest.h>

#include <cmath>

namespace lockstep {
namespace {

// A sample takes 1 ms, a third of it forward; 40 MB of gradients pass a link of 1 GB/s.
ModelTerms Terms() {
  ModelTerms terms;
  terms.compute_fixed = 0.002;
  terms.compute_per_sample = 0.001;
  terms.optimizer = 0.003;
  terms.links = {{1e9, 0}, {1e9, 0}};
  return terms;
}

ModelJob Job() {
  ModelJob job;
  job.batch = 120;
  job.ranks_per_host = 1;
  job.form = SumForm::kProcesses;
  job.buckets = {{20e6, 0.5}, {20e6, 1}};
  return job;
}

TEST(CostModel, OneRankComputesAndUpdates) {
  const ModelStep step = ModelStepOf(Terms(), Job(), 1);
  EXPECT_NEAR(step.parts.forward_ms + step.parts.backward_ms, 122, 1e-9);
  EXPECT_NEAR(step.total_ms(), 125, 1e-9);
  EXPECT_EQ(step.Dominant(), "compute");
}

TEST(CostModel, BackwardHidesTheBucketsThatAreReadyEarly) {
  // Backward takes 41.3 ms; the second bucket is ready at its end and takes 20 ms.
  EXPECT_NEAR(ModelStepOf(Terms(), Job(), 2).parts.transfer_ms, 20, 1e-9);
  ModelTerms slow = Terms();
  slow.links.between.bytes_per_s = 1e8;
  // The link is busy from the middle of backward on: 400 ms from there.
  const double backward = ModelStepOf(slow, Job(), 2).parts.backward_ms;
  EXPECT_NEAR(ModelStepOf(slow, Job(), 2).parts.transfer_ms, 400 - backward / 2, 1e-6);
  EXPECT_EQ(ModelStepOf(slow, Job(), 2).Dominant(), "bandwidth");
}

TEST(CostModel, TransfersSlowWithTheHostsPastTwo) {
  ModelTerms shared = Terms();
  shared.network_sharing = 0.1;
  const auto slowness = [&](int ranks) {
    return ModelStepOf(shared, Job(), ranks).transfers_ms /
           ModelStepOf(Terms(), Job(), ranks).transfers_ms;
  };
  EXPECT_NEAR(slowness(2), 1, 1e-12);
  EXPECT_NEAR(slowness(4), std::exp2(0.1), 1e-12);
  EXPECT_NEAR(slowness(8), std::exp2(0.2), 1e-12);
}

TEST(CostModel, OnlyTheLastMicrobatchHidesTransfers) {
  ModelTerms slow = Terms();
  slow.links.between.bytes_per_s = 1e8;
  ModelJob job = Job();
  job.microbatches = 8;
  const double last = ModelStepOf(slow, job, 2).parts.backward_ms / 4;
  EXPECT_NEAR(ModelStepOf(slow, job, 2).parts.transfer_ms, 400 - last / 2, 1e-6);
}

TEST(CostModel, RanksWaitForTheOneWithMoreMicrobatches) {
  ModelJob job = Job();
  job.microbatches = 5;
  const ModelStep step = ModelStepOf(Terms(), job, 2);
  EXPECT_NEAR(step.parts.wait_ms, (3 / 2.5 - 1) * 62, 1e-9);
  job.microbatches = 6;
  EXPECT_NEAR(ModelStepOf(Terms(), job, 2).parts.wait_ms, 0, 1e-9);
}

TEST(CostModel, StragglersGrowWithTheLogarithmOfRanks) {
  ModelTerms terms = Terms();
  terms.straggler_share = 0.1;
  ModelJob job = Job();
  job.weak = true;
  const double two = ModelStepOf(terms, job, 2).parts.wait_ms;
  EXPECT_NEAR(two, 0.1 * 122, 1e-9);
  EXPECT_NEAR(ModelStepOf(terms, job, 8).parts.wait_ms, 3 * two, 1e-9);
}

TEST(CostModel, WeakScalingKeepsWhatARankComputes) {
  ModelJob job = Job();
  job.weak = true;
  EXPECT_EQ(job.BatchOf(4), 480);
  EXPECT_NEAR(ModelStepOf(Terms(), job, 4).parts.forward_ms,
              ModelStepOf(Terms(), job, 1).parts.forward_ms, 1e-9);
}

TEST(CostModel, FixedComputeIsWhatManyRanksAreLeftWith) {
  ModelTerms terms = Terms();
  terms.compute_fixed = 0.5;
  EXPECT_EQ(ModelStepOf(terms, Job(), 120).Dominant(), "fixed compute");
}

}  // namespace
}  // namespace lockstep
