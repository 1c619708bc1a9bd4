#include "distributed/report/chart/bar_chart.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

namespace lockstep {
namespace {

constexpr auto kNowhere = std::string::npos;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
const PictureForm kForm{.width = 600, .height = 400, .inks = InkSet::kPage};

BarChart Breakdown() {
  return {.title = "breakdown",
          .x_words = "ranks",
          .y_words = "milliseconds",
          .unit = "ms",
          .bars = {"1", "2"},
          .parts = {{"forward", Ink::kSeries0, {10, 20}}, {"backward", Ink::kSeries1, {30, 0}}}};
}

// What the hint's rectangle has as an attribute.
double AttributeOf(const std::string& svg, const std::string& hint, const std::string& name) {
  const size_t end = svg.find("<title>" + hint);
  const size_t start = svg.rfind("<rect", end);
  if (end == kNowhere) return kNaN;
  const size_t at = svg.find(" " + name + "=\"", start);
  return std::strtod(svg.c_str() + at + name.size() + 3, nullptr);
}

TEST(DrawBarChart, StacksPartsInProportion) {
  const std::string svg = DrawBarChart(Breakdown(), kForm);
  const double ten = AttributeOf(svg, "1, forward", "height");
  EXPECT_GT(ten, 10);
  EXPECT_NEAR(AttributeOf(svg, "2, forward", "height"), 2 * ten, 0.02);
  EXPECT_NEAR(AttributeOf(svg, "1, backward", "height"), 3 * ten, 0.02);
  EXPECT_NEAR(AttributeOf(svg, "1, backward", "y") + 3 * ten, AttributeOf(svg, "1, forward", "y"),
              0.03);
}

TEST(DrawBarChart, WritesNumbersTotalsAndLabels) {
  BarChart chart = Breakdown();
  const std::string svg = DrawBarChart(chart, kForm);
  for (const char* text : {">10.0<", ">30.0<", ">40.0<", ">forward<", ">backward<", ">ranks<",
                           ">milliseconds<", "1: forward 10.0 ms, backward 30.0 ms"}) {
    EXPECT_NE(svg.find(text), kNowhere) << text;
  }
  chart.totals = false;
  EXPECT_EQ(DrawBarChart(chart, kForm).find(">40.0<"), kNowhere);
}

TEST(DrawBarChart, HasNoNumberWhereThereIsNoRoom) {
  BarChart chart = Breakdown();
  chart.parts[0].values = {0.01, 20};
  EXPECT_EQ(DrawBarChart(chart, kForm).find(">0.01<"), kNowhere);
}

TEST(DrawBarChart, TakesAnyValueAndNoBars) {
  BarChart chart = Breakdown();
  chart.parts[0].values = {kNaN, -5};
  chart.parts[1].values = {std::numeric_limits<double>::infinity(), 0};
  for (const BarChart& one : {chart, BarChart{}}) {
    const std::string svg = DrawBarChart(one, {.width = 360, .height = 300});
    EXPECT_EQ(svg.find("nan"), kNowhere) << svg;
    EXPECT_EQ(svg.find("inf"), kNowhere) << svg;
  }
  EXPECT_NE(DrawBarChart(BarChart{}, kForm).find(">no data<"), kNowhere);
}

TEST(DrawBarChartDeath, RefusesPartsWithoutAValueForEachBar) {
  BarChart chart = Breakdown();
  chart.parts[0].values.pop_back();
  EXPECT_DEATH(DrawBarChart(chart, kForm), "1 values for 2 bars");
}

}  // namespace
}  // namespace lockstep
