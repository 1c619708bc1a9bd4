#include "core/base/number_text.h"

#include <gtest/gtest.h>

#include <cmath>

namespace lockstep {
namespace {

TEST(NumberText, GroupsWholeNumbers) {
  EXPECT_EQ(NumberText(0), "0");
  EXPECT_EQ(NumberText(999), "999");
  EXPECT_EQ(NumberText(109386), "109,386");
  EXPECT_EQ(NumberText(-1234567), "-1,234,567");
}

TEST(NumberText, ShowsAsManyDecimalsAsTheSizeCallsFor) {
  EXPECT_EQ(NumberText(0.89124), "0.8912");
  EXPECT_EQ(NumberText(12.5), "12.5000");
  EXPECT_EQ(NumberText(123.456), "123.46");
  EXPECT_EQ(NumberText(12345.67), "12,345.7");
  EXPECT_EQ(NumberText(0.000012345), "1.234e-05");
  EXPECT_EQ(NumberText(1e20), "1e+20");
}

TEST(NumberText, NamesWhatIsNoNumber) {
  EXPECT_EQ(NumberText(std::nan("")), "NaN");
  EXPECT_EQ(NumberText(HUGE_VAL), "Inf");
  EXPECT_EQ(NumberText(-HUGE_VAL), "-Inf");
}

TEST(DurationText, UsesTheUnitsThatSuit) {
  EXPECT_EQ(DurationText(0.356), "0.36 s");
  EXPECT_EQ(DurationText(9.994), "9.99 s");
  EXPECT_EQ(DurationText(9.996), "10.0 s");
  EXPECT_EQ(DurationText(59.96), "1 min 00 s");
  EXPECT_EQ(DurationText(200), "3 min 20 s");
  EXPECT_EQ(DurationText(7500), "2 h 05 min");
}

}  // namespace
}  // namespace lockstep
