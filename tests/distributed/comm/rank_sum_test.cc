#include "distributed/comm/rank_sum.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(RankSum, SlicesPartitionTheElementsAtCacheLines) {
  for (const int64_t elems : {0, 1, 15, 16, 17, 100, 1000}) {
    for (int ranks = 1; ranks <= 9; ++ranks) {
      int64_t end = 0;
      for (int rank = 0; rank < ranks; ++rank) {
        const Range slice = SliceOf(elems, ranks, rank);
        EXPECT_EQ(slice.begin, end);
        EXPECT_TRUE(slice.begin % 16 == 0 || slice.begin == elems);
        end = slice.end;
      }
      EXPECT_EQ(end, elems);
    }
  }
}

TEST(RankSum, RanksBeyondTheLeavesHoldNothing) {
  const RankSum sum = MakeRankSum(2, 4);
  EXPECT_EQ(sum.first_partial, (std::vector<int>{0, 1, 2, 2, 2}));
  EXPECT_EQ(sum.additions, (std::vector<Addition>{{0, 1}}));
}

TEST(RankSum, EqualRunsOfWholeSubtreesAreOnePartialEach) {
  const RankSum sum = MakeRankSum(8, 4);
  EXPECT_EQ(sum.total_partials(), 4);
  EXPECT_EQ(sum.additions, (std::vector<Addition>{{0, 1}, {2, 3}, {0, 2}}));
}

TEST(RankSums, MakeASumOncePerNumberOfLeaves) {
  RankSums sums(3);
  const RankSum* eight = sums.Of(8);
  const RankSum* five = sums.Of(5);
  EXPECT_EQ(eight->additions, MakeRankSum(8, 3).additions);
  EXPECT_EQ(five->first_partial, MakeRankSum(5, 3).first_partial);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(sums.Of(5), five);
    EXPECT_EQ(sums.Of(8), eight);
  }
}

TEST(RankSum, SumReachesEveryCopyAndMayOverwriteAPartial) {
  std::vector<float> a(3000, 1), b(3000, 2), copy(3000);
  float* values[] = {a.data(), b.data()};
  float* copies[] = {copy.data(), a.data(), b.data()};
  const Addition add = {0, 1};
  SumPartials({&add, 1}, values, copies, 3000);
  const std::vector<float> expected(3000, 3);
  EXPECT_EQ(a, expected);
  EXPECT_EQ(b, expected);
  EXPECT_EQ(copy, expected);
}

}  // namespace
}  // namespace lockstep
