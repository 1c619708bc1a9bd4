#include "distributed/train/clock_sync.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "tests/testing/thread_ranks.h"

namespace lockstep {
namespace {

TEST(ClockSync, FindsHowFarClocksAreApartWithinItsUncertainty) {
  // From a microsecond's fraction to hosts that were started weeks apart.
  constexpr std::array<int64_t, 4> kOffsets = {0, 5'000'000'000, -3'000'000'000'000'000, 700};
  OnThreadRanks(4, {}, [&](Communicator* communicator) {
    const int64_t offset = kOffsets[static_cast<size_t>(communicator->rank())];
    ClockSync sync(communicator, [offset] { return NowNs() + offset; });
    ASSERT_TRUE(sync.Measure().ok());
    const int64_t error = std::abs(sync.offset_ns() - offset);
    // An offset that a barrier cannot tell from none counts as none.
    EXPECT_LE(error, std::max<int64_t>(sync.uncertainty_ns(), 700));
    EXPECT_GT(sync.uncertainty_ns(), 0);
    EXPECT_GT(sync.barrier_ns(), 0);
  });
}

TEST(ClockSync, RanksOfOneHostShareItsClock) {
  OnThreadRanks(3, {}, [](Communicator* communicator) {
    ClockSync sync(communicator);
    ASSERT_TRUE(sync.Measure().ok());
    EXPECT_EQ(sync.offset_ns(), 0);
    EXPECT_EQ(sync.uncertainty_ns(), 0);
  });
}

TEST(ClockSync, OneRankAloneMeasuresNothing) {
  OnThreadRanks(1, {}, [](Communicator* communicator) {
    ClockSync sync(communicator, [] { return int64_t{7}; });
    ASSERT_TRUE(sync.Measure().ok());
    EXPECT_EQ(sync.offset_ns(), 0);
    EXPECT_EQ(sync.barrier_ns(), 0);
  });
}

}  // namespace
}  // namespace lockstep
