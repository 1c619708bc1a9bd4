#include "distributed/scaling/fit_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <string>

namespace lockstep {
namespace {

ModelTerms Planted() {
  ModelTerms terms;
  terms.compute_fixed = 0.004;
  terms.compute_per_sample = 0.001;
  terms.backward_share = 0.7;
  terms.input_per_sample = 3e-5;
  terms.optimizer = 0.006;
  terms.straggler_share = 0.02;
  terms.network_sharing = 0.085;  // as assumed where two hosts are the most that were measured
  terms.links = {{4e9, 1e-5}, {1.1e8, 1e-4}};
  return terms;
}

ModelJob Job() {
  ModelJob job;
  job.batch = 128;
  job.ranks_per_host = 1;
  job.form = SumForm::kProcesses;
  for (int i = 1; i <= 6; ++i) job.buckets.push_back({1.5e6, i / 6.0});
  return job;
}

// A measurement of the planted terms, with noise of `noise` of each part.
RankObservation Observe(int ranks, double noise, std::mt19937* random) {
  std::normal_distribution<double> normal(0, noise);
  const ModelStep step = ModelStepOf(Planted(), Job(), ranks);
  RankObservation seen;
  seen.ranks = ranks;
  for (const NamedStepPart& part : kStepParts) {
    const double value = step.parts.*part.ms;
    seen.parts.*part.ms = value * (1 + normal(*random));
    seen.errors.*part.ms = std::hypot(noise * value, 0.002 * step.total_ms());
  }
  seen.transfers_ms = step.transfers_ms * (1 + normal(*random));
  seen.transfers_error_ms = std::max(noise, 0.002) * step.transfers_ms;
  seen.barrier_ms = 0.2;
  seen.step_error = noise;
  return seen;
}

FittedModel Fit(const std::vector<int>& ranks, double noise, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<RankObservation> observations;
  for (const int count : ranks) observations.push_back(Observe(count, noise, &random));
  const StatusOr<FittedModel> model = FitModel(Job(), observations);
  EXPECT_TRUE(model.ok()) << model.status();
  return *model;
}

std::map<std::string, FittedTerm> TermsOf(const FittedModel& model) {
  std::map<std::string, FittedTerm> terms;
  for (const FittedTerm& term : DescribeTerms(model)) terms[term.name] = term;
  return terms;
}

TEST(FitModel, OneAndTwoRanksTellTheTermsThatWerePlanted) {
  const auto terms = TermsOf(Fit({1, 2}, 1e-4, 1));
  EXPECT_NEAR(terms.at("compute_per_sample").estimate.value, 1, 0.01);
  EXPECT_NEAR(terms.at("backward_share").estimate.value, 0.7, 0.005);
  EXPECT_NEAR(terms.at("optimizer").estimate.value, 6, 0.1);
  EXPECT_NEAR(terms.at("network_bandwidth").estimate.value, 110, 4);
  EXPECT_TRUE(terms.at("network_bandwidth").fitted);
  EXPECT_TRUE(terms.at("compute_per_sample").fitted);
}

TEST(FitModel, WhatNothingMeasuredTellsIsCalledAssumed) {
  const auto terms = TermsOf(Fit({1, 2}, 0.01, 1));
  EXPECT_FALSE(terms.at("network_sharing").fitted);
  EXPECT_FALSE(terms.at("compute_sharing").fitted);
  EXPECT_EQ(terms.count("inside_bandwidth"), 0u);  // no two ranks share a host
}

TEST(FitModel, ThreeHostsTellHowTransfersSlow) {
  const auto terms = TermsOf(Fit({1, 2, 3, 4}, 1e-4, 1));
  EXPECT_TRUE(terms.at("network_sharing").fitted);
  EXPECT_NEAR(terms.at("network_sharing").estimate.value, 0.085, 0.005);
}

TEST(FitModel, PredictsMoreRanksThanItSaw) {
  const FittedModel model = Fit({1, 2}, 1e-4, 2);
  for (const int ranks : {3, 4, 8}) {
    const double planted = ModelStepOf(Planted(), Job(), ranks).total_ms();
    EXPECT_NEAR(Predict(model, ranks).step_ms.value, planted, 0.02 * planted) << ranks;
  }
}

TEST(FitModel, IntervalsHoldWhatWasPlanted) {
  int held = 0, all = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    const FittedModel model = Fit({1, 2}, 0.02, seed);
    const auto terms = TermsOf(model);
    const auto count = [&](const Estimate& estimate, double planted) {
      held += estimate.low <= planted && planted <= estimate.high;
      ++all;
    };
    count(terms.at("compute_per_sample").estimate, 1);
    count(terms.at("optimizer").estimate, 6);
    count(terms.at("network_bandwidth").estimate, 110);
    for (const int ranks : {3, 4, 8}) {
      count(Predict(model, ranks).step_ms, ModelStepOf(Planted(), Job(), ranks).total_ms());
    }
  }
  EXPECT_GE(held, 0.88 * all) << held << " of " << all;
}

TEST(FitModel, BandsGrowAwayFromWhatWasMeasured) {
  const FittedModel model = Fit({1, 2}, 0.01, 3);
  const auto width = [&](int ranks) {
    const Estimate step = Predict(model, ranks).step_ms;
    return step.high / step.low;
  };
  EXPECT_GT(width(8), width(2));
  EXPECT_GT(width(64), width(8));
}

TEST(FitModel, OneObservationFarOffBendsLittle) {
  std::mt19937 random(4);
  std::vector<RankObservation> observations;
  for (const int ranks : {1, 2, 4, 8}) observations.push_back(Observe(ranks, 0.002, &random));
  observations[1].parts.backward_ms *= 1.5;  // another program ran
  const FittedModel model = *FitModel(Job(), observations);
  EXPECT_NEAR(TermsOf(model).at("compute_per_sample").estimate.value, 1, 0.03);
  EXPECT_NEAR(TermsOf(model).at("backward_share").estimate.value, 0.7, 0.01);
}

TEST(FitModel, MoreRanksNarrowTheBand) {
  const auto width = [](const FittedModel& model) {
    const Estimate step = Predict(model, 16).step_ms;
    return step.high / step.low;
  };
  EXPECT_LT(width(Fit({1, 2, 4, 8}, 0.01, 5)), width(Fit({1, 2}, 0.01, 5)));
}

TEST(FitModel, TheBaseHasASpeedUpOfOne) {
  const PredictedRanks base = Predict(Fit({1, 2}, 0.01, 6), 1);
  EXPECT_DOUBLE_EQ(base.speedup.value, 1);
  EXPECT_DOUBLE_EQ(base.speedup.low, 1);
  EXPECT_TRUE(base.measured);
}

TEST(FitModel, AChangeIsComparedWithTheBaseAsItWas) {
  const FittedModel model = Fit({1, 2}, 1e-4, 7);
  const PredictedRanks then =
      Predict(model, 1, [](ModelTerms*, ModelJob* job) { job->batch *= 4; });
  EXPECT_EQ(then.batch, 512);
  EXPECT_GT(then.speedup.value, 1.02);  // the fixed parts weigh less
  EXPECT_LT(then.speedup.value, 1.2);
}

TEST(FitModel, NothingMeasuredIsAnError) {
  EXPECT_FALSE(FitModel(Job(), {}).ok());
}

TEST(StudentQuantile, AgreesWithTables) {
  EXPECT_DOUBLE_EQ(StudentQuantile(1), 6.314);
  EXPECT_DOUBLE_EQ(StudentQuantile(15), 1.753);
  EXPECT_NEAR(StudentQuantile(16), 1.746, 1e-3);
  EXPECT_NEAR(StudentQuantile(30), 1.697, 1e-3);
  EXPECT_NEAR(StudentQuantile(1000), 1.646, 1e-3);
}

}  // namespace
}  // namespace lockstep
