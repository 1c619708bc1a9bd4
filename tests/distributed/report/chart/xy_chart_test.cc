#include "distributed/report/chart/xy_chart.h"

#include <gtest/gtest.h>

#include <limits>

namespace lockstep {
namespace {

constexpr auto kNowhere = std::string::npos;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();
const PictureForm kForm{.width = 600, .height = 400, .inks = InkSet::kPage};

XyChart SpeedUp(std::vector<XyPoint> measured) {
  return {.title = "speed-up",
          .x_words = "ranks",
          .y_words = "times",
          .y_as_x = true,
          .series = {{"ideal", Ink::kQuiet, Look::kReference, {{1, 1}, {4, 4}}},
                     {"predicted", Ink::kSeries1, Look::kPredicted, {{1, 1, 1, 1}, {4, 3, 2, 3.5}}},
                     {"measured", Ink::kSeries0, Look::kMeasured, std::move(measured)}}};
}

// No coordinate that a browser would refuse; the texts of these tests have no such letters.
void ExpectNumbers(const std::string& svg) {
  for (const char* bad : {"nan", "inf", "NaN", "Inf"}) EXPECT_EQ(svg.find(bad), kNowhere) << svg;
}

TEST(DrawXyChart, DrawsPredictionsApartFromMeasurements) {
  const std::string svg = DrawXyChart(SpeedUp({{1, 1, 0.9, 1.1}, {2, 1.9, 1.8, 2.0}}), kForm);
  // A band and a dashed line for the one, bars and large dots for the other.
  EXPECT_NE(svg.find("<polygon"), kNowhere);
  EXPECT_NE(svg.find("stroke=\"var(--series-1)\" stroke-width=\"2\" stroke-dasharray"), kNowhere);
  EXPECT_EQ(svg.find("stroke=\"var(--series-0)\" stroke-width=\"2\" stroke-dasharray"), kNowhere);
  EXPECT_NE(svg.find("stroke=\"var(--series-0)\" stroke-width=\"1.5\""), kNowhere);
  EXPECT_NE(svg.find("<title>measured at 2: 1.9 (1.8 to 2)</title>"), kNowhere);
  EXPECT_NE(svg.find("<desc>ideal: 1 at 1 to 4 at 4; predicted: 1 at 1 to 3 at 4"), kNowhere);
  for (const char* label : {">ideal<", ">predicted<", ">measured<", ">ranks<", ">times<"}) {
    EXPECT_NE(svg.find(label), kNowhere) << label;
  }
}

TEST(DrawXyChart, HasNoIntervalWhereNoneIsKnown) {
  const std::string svg = DrawXyChart(SpeedUp({{1, 1}, {2, 1.9}}), kForm);
  EXPECT_EQ(svg.find("stroke=\"var(--series-0)\" stroke-width=\"1.5\""), kNowhere);
}

TEST(DrawXyChart, GoesOverToPowersOfTwoWhereCountsAreFarApart) {
  XyChart chart = SpeedUp({{1, 1}, {1024, 600}});
  const std::string both = DrawXyChart(chart, kForm);
  for (const char* tick : {">1<", ">32<", ">1024<"}) EXPECT_NE(both.find(tick), kNowhere) << tick;
  chart.y_as_x = false;
  EXPECT_NE(DrawXyChart(chart, kForm).find(">600<"), kNowhere);
}

TEST(DrawXyChart, LeavesOutWhatHasNoPlace) {
  for (const double bad : {kNaN, kInf, -kInf}) {
    ExpectNumbers(DrawXyChart(SpeedUp({{1, 1}, {2, bad}, {3, 2, bad, bad}, {bad, 1}}), kForm));
  }
  const std::string svg = DrawXyChart(SpeedUp({{1, 0}, {64, 8, -1, 12}, {0, 5}}), kForm);
  ExpectNumbers(svg);
  EXPECT_NE(svg.find("measured at 64"), kNowhere);
  EXPECT_EQ(svg.find("measured at 1:"), kNowhere);
}

TEST(DrawXyChart, TakesOnePointAndNone) {
  XyChart chart = SpeedUp({{1, 1}});
  chart.series.erase(chart.series.begin(), chart.series.begin() + 2);
  ExpectNumbers(DrawXyChart(chart, kForm));
  EXPECT_NE(DrawXyChart(chart, kForm).find("<circle"), kNowhere);
  for (const XyChart& empty : {XyChart{}, SpeedUp({})}) {
    ExpectNumbers(DrawXyChart(empty, {.width = 360, .height = 300}));
  }
  EXPECT_NE(DrawXyChart(XyChart{}, kForm).find(">no data<"), kNowhere);
}

}  // namespace
}  // namespace lockstep
