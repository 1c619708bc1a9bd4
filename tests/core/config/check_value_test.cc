#include "core/config/check_value.h"

#include <gtest/gtest.h>

#include <cmath>

namespace lockstep {
namespace {

TEST(CheckValue, AnErrorSaysPlaceFoundAndExpected) {
  EXPECT_EQ(Wrong("a.b", "3", "1 or 2").message(), "a.b: found 3, expected 1 or 2");
  EXPECT_EQ(Required("a.b", false, "b: 1").message(), "a.b is missing: write b: 1");
  EXPECT_EQ(Positive("a.b", 0).message(), "a.b: found 0, expected a number > 0");
  EXPECT_EQ(NotNegative("a.b", -1).message(), "a.b: found -1, expected a number >= 0");
  EXPECT_EQ(Fraction("a.b", 1).message(), "a.b: found 1, expected a number in [0, 1)");
  EXPECT_EQ(ExitCodeOf(Positive("a.b", 0)), ExitCode::kUsage);
}

TEST(CheckValue, BoundsBelongToTheRangeAsTheirBracketsSay) {
  EXPECT_TRUE(InRange("x", 1, 1, 2, /*open=*/false).ok());
  EXPECT_FALSE(InRange("x", 1, 1, 2, /*open=*/true).ok());
  EXPECT_FALSE(InRange("x", 2, 1, 2, /*open=*/false).ok());
  EXPECT_TRUE(Fraction("x", 0).ok());
  EXPECT_TRUE(Required("x", true, "").ok());
}

TEST(CheckValue, WhatIsNotFiniteIsInNoRange) {
  for (const double value : {static_cast<double>(NAN), static_cast<double>(INFINITY)}) {
    EXPECT_FALSE(Positive("x", value).ok());
    EXPECT_FALSE(NotNegative("x", value).ok());
  }
}

}  // namespace
}  // namespace lockstep
