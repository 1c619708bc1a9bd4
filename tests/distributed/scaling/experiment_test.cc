#include "distributed/scaling/experiment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using ::testing::HasSubstr;

MeasuredRun Run(int ranks, double step_ms) {
  MeasuredRun run;
  run.ranks = run.microbatches = ranks;
  run.batch = 100;
  run.steps = 50;
  run.step_ms = step_ms;
  run.parts = {.input_ms = 0,
               .forward_ms = step_ms * 0.3,
               .backward_ms = step_ms * 0.5,
               .transfer_ms = ranks > 1 ? step_ms * 0.15 : 0,
               .wait_ms = 0,
               .optimizer_ms = step_ms * (ranks > 1 ? 0.05 : 0.2)};
  if (ranks > 1) {
    run.transfers_ms = step_ms * 0.2;
    run.buckets = {{1e6, 0.5}, {1e6, 1}};
  }
  return run;
}

std::vector<MeasuredRun> Runs(int ranks, const std::vector<double>& steps) {
  std::vector<MeasuredRun> runs;
  for (const double step : steps) runs.push_back(Run(ranks, step));
  return runs;
}

TEST(MedianOf, HoldsTheMedianByOrder) {
  const MedianInterval five = MedianOf({5, 1, 4, 2, 3});
  EXPECT_EQ(five.median.value, 3);
  EXPECT_EQ(five.median.low, 1);
  EXPECT_EQ(five.median.high, 5);
  EXPECT_DOUBLE_EQ(five.level, 1 - 2.0 / 32);
  const MedianInterval ten = MedianOf({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  EXPECT_EQ(ten.median.low, 2);
  EXPECT_EQ(ten.median.high, 9);
  EXPECT_DOUBLE_EQ(ten.level, 1 - 2.0 * 11 / 1024);
  EXPECT_EQ(MedianOf({kNotKnown, 4, 2}).median.value, 3);
  EXPECT_EQ(MedianOf({}).level, 0);
}

TEST(Summarise, ComparesRunsOfTheSameRound) {
  // The machine becomes slower by half, and two ranks stay twice as fast.
  ScalingResult result;
  Summarise({{1, Runs(1, {10, 11, 12, 13, 15})}, {2, Runs(2, {5, 5.5, 6, 6.5, 7.5})}}, &result);
  EXPECT_DOUBLE_EQ(result.measured[1].speedup.value, 2);
  EXPECT_NEAR(result.measured[1].speedup.low, 2, 1e-9);
  EXPECT_NEAR(result.measured[1].efficiency.value, 1, 1e-9);
  EXPECT_GT(result.noise_share, 0.1);
  EXPECT_DOUBLE_EQ(result.measured[0].cost.value, 12.0 / 100);  // ms a sample: s per 1000 samples
}

TEST(Summarise, SaysWhatIsFasterByHowMuch) {
  ScalingResult result;
  Summarise({{1, Runs(1, {10, 10.1, 10.2})}, {2, Runs(2, {6, 6.1, 6.2})}}, &result);
  EXPECT_TRUE(result.conclusive);
  EXPECT_THAT(result.conclusion, HasSubstr("2 ranks are 1.66 times as fast as 1"));
  EXPECT_THAT(result.conclusion, HasSubstr("with 2, exposed transfer takes 15 % of a step"));
}

TEST(Summarise, SaysWhereTheNoiseAllowsNoConclusion) {
  ScalingResult result;
  Summarise({{1, Runs(1, {10, 10, 10})}, {2, Runs(2, {9, 10, 11})}}, &result);
  EXPECT_FALSE(result.conclusive);
  EXPECT_THAT(result.conclusion,
              HasSubstr("the noise (+-11 %) allows no conclusion between 1 and 2 ranks"));
  Summarise({{1, Runs(1, {10})}, {2, Runs(2, {5})}}, &result);
  EXPECT_FALSE(result.conclusive);
  EXPECT_THAT(result.conclusion, HasSubstr("one repeat allows no conclusion"));
}

TEST(Summarise, AFailedRunCostsOnlyItsRound) {
  ScalingResult result;
  Summarise({{1, Runs(1, {10, 10.1, 10.2})}, {2, Runs(2, {kNotKnown, 5, 5.1})}}, &result);
  ASSERT_EQ(result.measured.size(), 2u);
  EXPECT_DOUBLE_EQ(result.measured[1].step_ms.value, 5.05);
  EXPECT_EQ(result.measured[1].repeat_step_ms.size(), 3u);
  EXPECT_TRUE(result.conclusive);
}

TEST(AddModel, PredictsFromWhatWasMeasured) {
  ScalingResult result;
  const RunsByRanks runs = {{1, Runs(1, {10, 10.1, 10.2})}, {2, Runs(2, {6, 6.1, 6.2})}};
  Summarise(runs, &result);
  ASSERT_TRUE(AddModel(runs, {.predicted = {4}}, &result).ok());
  ASSERT_EQ(result.predicted.size(), 3u);
  EXPECT_EQ(result.predicted[2].ranks, 4);
  EXPECT_FALSE(result.predicted[2].measured);
  EXPECT_TRUE(result.predicted[1].measured);
  EXPECT_FALSE(result.terms.empty());
  EXPECT_FALSE(result.residuals.empty());
  EXPECT_FALSE(result.what_ifs.empty());
}

TEST(AddModel, LeavesOutRanksThatShareCores) {
  RunsByRanks runs = {{1, Runs(1, {10, 10.1})}, {2, Runs(2, {6, 6.1})}, {4, Runs(4, {20, 21})}};
  for (MeasuredRun& run : runs[4]) {
    run.crowded = true;
    run.cause = "too_many_ranks";
  }
  ScalingResult result;
  Summarise(runs, &result);
  ASSERT_TRUE(AddModel(runs, {}, &result).ok());
  EXPECT_EQ(result.measured.size(), 3u);
  EXPECT_FALSE(result.predicted.back().measured);
  EXPECT_LT(result.predicted.back().step_ms.value, 6);
}

TEST(AddModel, OneRankAloneTellsNothingOfMore) {
  const RunsByRanks runs = {{1, Runs(1, {10, 10.1})}};
  ScalingResult result;
  Summarise(runs, &result);
  ASSERT_TRUE(AddModel(runs, {.predicted = {2, 4}}, &result).ok());
  EXPECT_EQ(result.predicted.size(), 1u);
  EXPECT_TRUE(result.what_ifs.empty());
}

}  // namespace
}  // namespace lockstep
