#include "distributed/scaling/sum_seconds.h"

#include <gtest/gtest.h>

#include <array>

namespace lockstep {
namespace {

constexpr double kBytes = 1e9;
const Links kBytesOnly = {{1, 0}, {1, 0}};     // a second for each byte
const Links kMessagesOnly = {{1e30, 1}, {1e30, 1}};  // a second for each message

TEST(SumSeconds, ProcessesSendTwoSlicesToEachOther) {
  const auto bytes = [](int ranks, int hosts) {
    return SumSecondsOf(SumForm::kProcesses, kBytes, 1, {ranks, hosts}, kBytesOnly);
  };
  EXPECT_DOUBLE_EQ(bytes(4, 4).between, kBytes * 2 * 3 / 4);
  EXPECT_DOUBLE_EQ(bytes(4, 4).inside, 0);
  EXPECT_DOUBLE_EQ(bytes(4, 1).inside, kBytes * 2 * 3 / 4);
  EXPECT_DOUBLE_EQ(bytes(4, 1).between, 0);
  // Two ranks of a host send two slices each to the two of the other.
  EXPECT_DOUBLE_EQ(bytes(4, 2).inside, kBytes * 2 / 4);
  EXPECT_DOUBLE_EQ(bytes(4, 2).between, kBytes * 2 * 2 * 2 / 4);
  EXPECT_DOUBLE_EQ(
      SumSecondsOf(SumForm::kProcesses, kBytes, 1, {4, 4}, kMessagesOnly).between, 6);
}

TEST(SumSeconds, ThreadsWaitOncePerDoubling) {
  EXPECT_NEAR(SumSecondsOf(SumForm::kThreads, kBytes, 1, {8, 1}, kMessagesOnly).inside, 6, 1e-9);
  EXPECT_DOUBLE_EQ(SumSecondsOf(SumForm::kThreads, kBytes, 1, {8, 1}, kBytesOnly).inside,
                   kBytes * 2 * 7 / 8);
}

TEST(SumSeconds, FlatFormsUseTheNetworkWhereThereAreHosts) {
  for (const SumForm form : {SumForm::kRing, SumForm::kHalving, SumForm::kTree}) {
    EXPECT_GT(SumSecondsOf(form, kBytes, 1, {4, 2}, kBytesOnly).between, 0);
    EXPECT_GT(SumSecondsOf(form, kBytes, 1, {4, 1}, kBytesOnly).inside, 0);
    EXPECT_EQ(SumSecondsOf(form, kBytes, 1, {4, 1}, kBytesOnly).between, 0);
  }
}

TEST(SumSeconds, AHierarchyRingsInHostsAndThenOverThem) {
  const SumSeconds sum = SumSecondsOf(SumForm::kHierarchical, kBytes, 1, {8, 2}, kBytesOnly);
  EXPECT_DOUBLE_EQ(sum.inside, kBytes * 2 * 3 / 4);
  EXPECT_DOUBLE_EQ(sum.between, kBytes * 2 * 1 / 2);
}

TEST(SumSeconds, AServerPerHostTakesItsPartFromAllOtherHostsRanks) {
  EXPECT_DOUBLE_EQ(SumSecondsOf(SumForm::kServers, kBytes, 1, {4, 4}, kBytesOnly).between,
                   kBytes / 4 * 2 * 3);
}

TEST(SumSeconds, OneRankHasNothingToSum) {
  for (const SumForm form : {SumForm::kThreads, SumForm::kProcesses, SumForm::kServers}) {
    const SumSeconds sum = SumSecondsOf(form, kBytes, 1, {1, 1}, kBytesOnly);
    EXPECT_EQ(sum.inside + sum.between, 0);
  }
}

TEST(Partials, AreMoreWhereMicrobatchesFormNoWholeSubtrees) {
  EXPECT_EQ(PartialsOf(8, 1), 1);
  EXPECT_EQ(PartialsOf(8, 4), 1);
  EXPECT_GT(PartialsOf(8, 3), 1);
  EXPECT_LE(PartialsOf(8, 3), 3);
}

}  // namespace
}  // namespace lockstep
