#include "core/params/parameter_layout.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

namespace lockstep {
namespace {

std::vector<ParameterSpec> RandomSpecs(std::mt19937* random) {
  std::vector<ParameterSpec> specs(1 + (*random)() % 20);
  for (size_t i = 0; i < specs.size(); ++i) {
    specs[i].name = "p" + std::to_string(i);
    specs[i].shape = {1 + static_cast<int64_t>((*random)() % 40),
                      1 + static_cast<int64_t>((*random)() % 40)};
    specs[i].group = static_cast<ParameterGroup>((*random)() % 3);
    specs[i].final_step = static_cast<int>((*random)() % 6);
  }
  return specs;
}

bool IsMoving(const ParameterEntry& entry) {
  return entry.group == ParameterGroup::kMovingStatistic;
}

TEST(ParameterLayout, TensorsAreAlignedApartAndInTheOrderTheyBecomeFinal) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 200; ++trial) {
    const auto specs = RandomSpecs(&random);
    const ParameterLayout layout(specs);
    ASSERT_EQ(layout.entries().size(), specs.size());
    int64_t end = 0, count = 0;
    std::pair<bool, int> place;  // moving statistics come last
    for (const ParameterEntry& entry : layout.entries()) {
      EXPECT_EQ(entry.offset_elems % ParameterLayout::kBlockElems, 0);
      EXPECT_GE(entry.offset_elems, end);
      const std::pair<bool, int> its = {IsMoving(entry), entry.final_step};
      EXPECT_GE(its, place);
      place = its;
      end = entry.offset_elems + entry.shape.elems();
      count += entry.shape.elems();
    }
    EXPECT_GE(layout.size_elems(), end);
    EXPECT_EQ(layout.parameter_count(), count);
  }
}

TEST(ParameterLayout, WhatTheOptimizerUpdatesIsOnePieceInFrontOfTheMovingStatistics) {
  std::mt19937 random(5);
  for (int trial = 0; trial < 100; ++trial) {
    const ParameterLayout layout(RandomSpecs(&random));
    int64_t trainable = 0;
    for (const ParameterEntry& entry : layout.entries()) {
      const int64_t end = entry.offset_elems + entry.shape.elems();
      EXPECT_EQ(IsMoving(entry), entry.offset_elems >= layout.trainable_elems());
      EXPECT_EQ(IsMoving(entry), end > layout.trainable_elems());
      trainable += IsMoving(entry) ? 0 : entry.shape.elems();
    }
    EXPECT_EQ(layout.trainable_count(), trainable);
    EXPECT_EQ(layout.trainable_elems() % ParameterLayout::kBlockElems, 0);
  }
}

TEST(ParameterLayout, EqualStepsKeepTheGivenOrder) {
  const ParameterLayout layout({{"b", {1}}, {"a", {1}}, {"c", {1}}});
  EXPECT_EQ(layout.entries()[0].name, "b");
  EXPECT_EQ(layout.entries()[1].name, "a");
  EXPECT_EQ(layout.entries()[2].name, "c");
}

TEST(ParameterLayout, FindGivesTheEntryOrNothing) {
  const ParameterLayout layout({{"dense/kernel", {2, 3}}});
  EXPECT_EQ(layout.Find("dense/kernel")->shape, Shape({2, 3}));
  EXPECT_EQ(layout.Find("dense/bias"), nullptr);
}

TEST(ParameterLayout, EveryBlockHasTheGroupOfItsParameter) {
  std::mt19937 random(2);
  const ParameterLayout layout(RandomSpecs(&random));
  const auto groups = layout.BlockGroups();
  ASSERT_EQ(static_cast<int64_t>(groups.size()) * ParameterLayout::kBlockElems,
            layout.size_elems());
  for (const ParameterEntry& entry : layout.entries()) {
    for (int64_t i = 0; i < entry.shape.elems(); ++i) {
      const auto block = static_cast<size_t>((entry.offset_elems + i) /
                                             ParameterLayout::kBlockElems);
      EXPECT_EQ(groups[block], static_cast<uint8_t>(entry.group));
    }
  }
}

TEST(ParameterLayout, TheFingerprintTellsNamesShapesGroupsAndOrderApart) {
  const ParameterSpec spec = {"a", {2, 3}, ParameterGroup::kKernel, 0};
  const uint64_t fingerprint = ParameterLayout({spec}).fingerprint();
  EXPECT_EQ(ParameterLayout({spec}).fingerprint(), fingerprint);
  ParameterSpec other = spec;
  other.name = "b";
  EXPECT_NE(ParameterLayout({other}).fingerprint(), fingerprint);
  other = spec, other.shape = {3, 2};
  EXPECT_NE(ParameterLayout({other}).fingerprint(), fingerprint);
  other = spec, other.group = ParameterGroup::kBias;
  EXPECT_NE(ParameterLayout({other}).fingerprint(), fingerprint);
  other = spec, other.final_step = 1;
  EXPECT_NE(ParameterLayout({other}).fingerprint(), fingerprint);
}

TEST(MakeBuckets, BucketsCoverTheLayoutAndAreReadyWithTheirLastParameter) {
  std::mt19937 random(3);
  for (int trial = 0; trial < 200; ++trial) {
    const ParameterLayout layout(RandomSpecs(&random));
    const auto first = static_cast<int64_t>(random() % 4000);
    const auto rest = static_cast<int64_t>(random() % 20000);
    int64_t next = 0;
    int step = 0;
    for (const Bucket& bucket : MakeBuckets(layout, first, rest)) {
      EXPECT_GE(bucket.final_step, step) << "a bucket waits for one behind it";
      step = bucket.final_step;
      EXPECT_EQ(bucket.elems.begin, next);
      EXPECT_GT(bucket.elems.size(), 0);
      next = bucket.elems.end;
      for (const ParameterEntry& entry : layout.entries()) {
        const bool inside = bucket.elems.begin <= entry.offset_elems &&
                            entry.offset_elems < bucket.elems.end;
        if (!inside) continue;
        EXPECT_LE(entry.final_step, bucket.final_step);
        EXPECT_LE(entry.offset_elems + entry.shape.elems(), bucket.elems.end);
      }
    }
    EXPECT_EQ(next, layout.size_elems());
  }
}

TEST(MakeBuckets, EveryBucketButTheLastTwoReachesItsLimit) {
  std::mt19937 random(4);
  const ParameterLayout layout(RandomSpecs(&random));
  const auto buckets = MakeBuckets(layout, 2000, 8000);
  for (size_t i = 0; i + 2 < buckets.size(); ++i) {
    EXPECT_GE(buckets[i].elems.size() * 4, i == 0 ? 2000 : 8000);
  }
}

// Nothing hides it.
TEST(MakeBuckets, TheLastBucketIsSmallWhereParametersAllow) {
  std::vector<ParameterSpec> specs;
  for (int i = 0; i < 20; ++i) {
    specs.push_back({std::to_string(i), {256}, ParameterGroup::kKernel, i});
  }
  const ParameterLayout layout(specs);  // 20 parameters of 1 kB
  const auto buckets = MakeBuckets(layout, 2048, 8192);
  std::vector<int64_t> kilobytes;
  for (const Bucket& bucket : buckets) kilobytes.push_back(bucket.elems.size() / 256);
  EXPECT_EQ(kilobytes, (std::vector<int64_t>{2, 8, 8, 2}));
  const auto one = MakeBuckets(layout, 32 << 10, 128 << 10);
  EXPECT_EQ(one.size(), 1u) << "all fits into one: two would only cost a round more";
}

TEST(MakeBuckets, AnEmptyLayoutHasNone) { EXPECT_TRUE(MakeBuckets(ParameterLayout()).empty()); }

}  // namespace
}  // namespace lockstep
