#include "core/data/formats/inflate_limit.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace lockstep {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kGiB = uint64_t{1} << 30;

TEST(MaxInflatedBytes, SmallFilesMayHoldAllThatDeflateCanMake) {
  EXPECT_EQ(MaxInflatedBytes(100), 101u * 1032);
  EXPECT_EQ(MaxInflatedBytes(kMiB), (kMiB + 1) * 1032 > kGiB ? kGiB : (kMiB + 1) * 1032);
}

TEST(MaxInflatedBytes, ABombOfTenMebibytesStopsAtOneGibibyte) {
  EXPECT_EQ(MaxInflatedBytes(10 * kMiB), kGiB);
}

TEST(MaxInflatedBytes, LargeDataMayBeAHundredTimesItsFile) {
  EXPECT_EQ(MaxInflatedBytes(kGiB), 100 * kGiB);
}

TEST(MaxInflatedBytes, NothingOverflows) {
  EXPECT_GE(MaxInflatedBytes(std::numeric_limits<uint64_t>::max()), kGiB);
}

}  // namespace
}  // namespace lockstep
