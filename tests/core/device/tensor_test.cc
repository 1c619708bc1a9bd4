#include "core/device/tensor.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(Shape, CountsElementsAndAScalarIsOne) {
  EXPECT_EQ(Shape({28, 28, 3}).elems(), 2352);
  EXPECT_EQ(Shape().elems(), 1);
  EXPECT_EQ(Shape({5, 0}).elems(), 0);
}

TEST(Shape, BatchedPutsTheSamplesFirst) {
  EXPECT_EQ(Shape({28, 28}).Batched(32), Shape({32, 28, 28}));
}

TEST(Shape, ShapesAreEqualOnlyWithEqualRankAndExtents) {
  EXPECT_NE(Shape({4}), Shape({4, 1}));
  EXPECT_NE(Shape({4, 2}), Shape({2, 4}));
}

TEST(Shape, PrintsAsAList) {
  EXPECT_EQ(Shape({28, 28, 1}).ToString(), "[28, 28, 1]");
  EXPECT_EQ(Shape().ToString(), "[]");
}

TEST(ShapeDeathTest, MoreThanFiveExtentsAreABug) {
  EXPECT_DEATH(Shape({1, 2, 3, 4, 5, 6}), "6 extents");
}

TEST(Matrix, SpansAllItsElements) {
  float values[6] = {};
  EXPECT_EQ((Matrix{values, 2, 3}).span().size(), 6u);
}

}  // namespace
}  // namespace lockstep
