#include "distributed/report/chart/axis.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace lockstep {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

std::string Texts(const Axis& axis) {
  std::string texts;
  for (const Tick& tick : axis.ticks) texts += (texts.empty() ? "" : " ") + tick.text;
  return texts;
}

TEST(LinearAxis, HasRoundTicksAroundTheRange) {
  EXPECT_EQ(Texts(LinearAxis({0, 3.7}, 6)), "0 1 2 3 4");
  EXPECT_EQ(Texts(LinearAxis({0, 0.93}, 6)), "0.0 0.2 0.4 0.6 0.8 1.0");
  EXPECT_EQ(Texts(LinearAxis({-3, 7}, 6)), "-5 0 5 10");
  EXPECT_EQ(Texts(LinearAxis({0, 4200}, 6)), "0 1,000 2,000 3,000 4,000 5,000");
}

TEST(LinearAxis, HoldsTheRangeWithNoMoreTicksThanAsked) {
  for (const double high : {1e-9, 0.0123, 1.0, 9.99, 10.01, 99.5, 12345.0, 3e11}) {
    for (const double low : {0.0, 0.31 * high, 0.97 * high, -2.3 * high}) {
      for (const int most : {3, 5, 11}) {
        const Axis axis = LinearAxis({low, high}, most);
        EXPECT_LE(axis.low, low + 1e-9 * high);
        EXPECT_GE(axis.high, high - 1e-9 * high);
        EXPECT_GE(axis.ticks.size(), 2u);
        EXPECT_LE(axis.ticks.size(), static_cast<size_t>(most)) << low << " " << high;
      }
    }
  }
}

TEST(LinearAxis, WidensARangeWithoutLength) {
  for (const double value : {0.0, 5.0, -5.0, 1e12}) {
    const Axis axis = LinearAxis({value, value}, 5);
    EXPECT_LT(axis.low, axis.high);
    EXPECT_TRUE(std::isfinite(axis.Place(value))) << value;
  }
}

TEST(LinearAxis, TakesTheLargestNumbers) {
  for (const Range range : {Range{-1.7e308, 1.7e308}, Range{0, 1.7e308}, Range{0, 5e-324}}) {
    const Axis axis = LinearAxis(range, 5);
    EXPECT_TRUE(std::isfinite(axis.low) && std::isfinite(axis.high)) << range.high;
    EXPECT_TRUE(std::isfinite(axis.Place(range.high / 2))) << range.high;
    for (const Tick& tick : axis.ticks) EXPECT_TRUE(std::isfinite(tick.value)) << tick.text;
  }
}

TEST(PowerOfTwoAxis, HasPowersInTheRangeOrAroundIt) {
  EXPECT_EQ(Texts(PowerOfTwoAxis({1, 1024}, 11)), "1 2 4 8 16 32 64 128 256 512 1024");
  EXPECT_EQ(Texts(PowerOfTwoAxis({1, 1024}, 6)), "1 4 16 64 256 1024");
  EXPECT_EQ(Texts(PowerOfTwoAxis({0.3, 5}, 11)), "0.5 1 2 4");
  EXPECT_EQ(Texts(PowerOfTwoAxis({0.4, 900}, 7)), "1 4 16 64 256");
  EXPECT_EQ(Texts(PowerOfTwoAxis({5, 6}, 11)), "4 8");
  EXPECT_EQ(Texts(PowerOfTwoAxis({4, 4}, 11)), "4 8");
}

TEST(PowerOfTwoAxis, TakesRangesWithNothingAboveZero) {
  EXPECT_EQ(Texts(PowerOfTwoAxis({-3, 0}, 5)), "1 2");
  EXPECT_EQ(PowerOfTwoAxis({0, 8}, 5).low, 1);
  EXPECT_TRUE(std::isfinite(PowerOfTwoAxis({1e-300, 1e300}, 5).Place(1)));
}

TEST(CountAxis, ShowsTheCountsThemselvesUntilTheyAreFarApart) {
  EXPECT_EQ(Texts(CountAxis(std::vector<double>{4, 1, 2, 1, 3}, 8)), "1 2 3 4");
  EXPECT_EQ(Texts(CountAxis(std::vector<double>{1, 2, 4, 8, 16}, 8)), "1 2 4 8 16");
  EXPECT_FALSE(CountAxis(std::vector<double>{1, 2, 4, 8}, 8).logarithmic);
  EXPECT_TRUE(CountAxis(std::vector<double>{1, 1024}, 8).logarithmic);
  EXPECT_EQ(CountAxis(std::vector<double>{1, 3}, 8).low, 0);
  EXPECT_EQ(CountAxis(std::vector<double>{1, 3}, 8).high, 3);
  EXPECT_EQ(Texts(CountAxis(std::vector<double>{}, 8)).front(), '0');
}

TEST(CountAxis, HasRoundTicksWhereThereAreManyCounts) {
  EXPECT_EQ(Texts(CountAxis(std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 8)),
            "0 2 4 6 8 10");
}

TEST(Axis, PlacesValuesBetweenItsEnds) {
  const Axis linear = LinearAxis({0, 10}, 6);
  EXPECT_DOUBLE_EQ(linear.Place(2.5), 0.25);
  EXPECT_DOUBLE_EQ(linear.Place(-1), 0);
  EXPECT_DOUBLE_EQ(linear.Place(kInf), 1);
  EXPECT_TRUE(std::isnan(linear.Place(kNaN)));
  const Axis powers = PowerOfTwoAxis({1, 1024}, 11);
  EXPECT_DOUBLE_EQ(powers.Place(32), 0.5);
  EXPECT_DOUBLE_EQ(powers.Place(0), 0);
  EXPECT_DOUBLE_EQ(powers.Place(-5), 0);
}

TEST(RangeOf, PassesOverWhatIsNotFinite) {
  const Range range = RangeOf(std::vector<double>{kNaN, 3, kInf, -2, -kInf});
  EXPECT_EQ(range.low, -2);
  EXPECT_EQ(range.high, 3);
  EXPECT_EQ(RangeOf(std::vector<double>{kNaN}).high, 0);
}

}  // namespace
}  // namespace lockstep
