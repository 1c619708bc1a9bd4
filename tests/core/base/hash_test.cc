#include "core/base/hash.h"

#include <gtest/gtest.h>

#include <string>

namespace lockstep {
namespace {

// From the xxHash specification's reference implementation: XXH3_64bits of nothing, seed 0.
TEST(HashBytes, IsXxh3) { EXPECT_EQ(HashBytes("", 0), 0x2d06800538d394c2u); }

TEST(HashBytes, ChangesWithEveryBitAndWithTheSeed) {
  const std::string text(100, 'x');
  const uint64_t hash = HashBytes(text.data(), text.size());
  EXPECT_NE(HashBytes(text.data(), text.size(), 1), hash);
  for (size_t bit = 0; bit < 8 * text.size(); ++bit) {
    std::string flipped = text;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(HashBytes(flipped.data(), flipped.size()), hash) << bit;
  }
}

TEST(HashText, HasSixteenDigitsLeadingZerosIncluded) {
  EXPECT_EQ(HashText(0xabc), "0000000000000abc");
  EXPECT_EQ(HashText(~uint64_t{0}), "ffffffffffffffff");
}

}  // namespace
}  // namespace lockstep
