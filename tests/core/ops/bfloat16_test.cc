#include "core/ops/bfloat16.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace lockstep {
namespace {

TEST(Bfloat16, EveryValueComesBack) {
  for (uint32_t bits = 0; bits <= 0xFFFF; ++bits) {
    const float x = FromBfloat16Bits(static_cast<uint16_t>(bits));
    if (std::isnan(x)) {
      EXPECT_TRUE(std::isnan(RoundedToBfloat16(x))) << bits;
    } else {
      EXPECT_EQ(Bfloat16Bits(x), bits);
    }
  }
}

// Between each value and the next lie three floats that tell rounding apart.
TEST(Bfloat16, RoundsToTheNearestAndTiesToEven) {
  for (uint32_t bits = 0; bits < 0x7F7F; ++bits) {  // up to the largest but one
    const auto between = [&](uint32_t low) { return std::bit_cast<float>((bits << 16) + low); };
    EXPECT_EQ(Bfloat16Bits(between(0x7FFF)), bits);
    EXPECT_EQ(Bfloat16Bits(between(0x8000)), bits + (bits & 1));
    EXPECT_EQ(Bfloat16Bits(between(0x8001)), bits + 1);
    EXPECT_EQ(Bfloat16Bits(-between(0x8001)), (bits + 1) | 0x8000);
  }
}

TEST(Bfloat16, IsInfiniteBeyondItsLargestAndKeepsNan) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(RoundedToBfloat16(std::numeric_limits<float>::max()), infinity);
  EXPECT_EQ(RoundedToBfloat16(-infinity), -infinity);
  // A NaN whose bits all lie in the lower half.
  EXPECT_TRUE(std::isnan(RoundedToBfloat16(std::bit_cast<float>(0x7F800001u))));
  EXPECT_TRUE(std::isnan(RoundedToBfloat16(std::bit_cast<float>(0xFFFFFFFFu))));
}

}  // namespace
}  // namespace lockstep
