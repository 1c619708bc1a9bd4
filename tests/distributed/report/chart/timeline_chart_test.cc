#include "distributed/report/chart/timeline_chart.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

namespace lockstep {
namespace {

constexpr auto kNowhere = std::string::npos;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
const PictureForm kForm{.width = 600, .height = 0, .inks = InkSet::kPage};

TimelineChart Step() {
  return {
      .title = "one step",
      .x_words = "milliseconds",
      .unit = "ms",
      .kinds = {{"forward", Ink::kSeries0, Look::kBox}, {"waits", Ink::kSeries1, Look::kPaleBox}},
      .rows = {{"rank 0", {{0, 2, 0}, {2, 10, 1}}}, {"bucket 0", {{4, 6, 1}}}}};
}

double NumberAt(const std::string& svg, const std::string& hint, const std::string& name) {
  const size_t end = svg.find("<title>" + hint);
  if (end == kNowhere) return kNaN;
  const size_t at = svg.find(" " + name + "=\"", svg.rfind("<rect", end));
  return std::strtod(svg.c_str() + at + name.size() + 3, nullptr);
}

TEST(DrawTimelineChart, DrawsSpansOnOneClock) {
  const std::string svg = DrawTimelineChart(Step(), kForm);
  const double width = NumberAt(svg, "rank 0: forward", "width");
  EXPECT_GT(width, 20);
  EXPECT_NEAR(NumberAt(svg, "rank 0: waits", "width"), 4 * width, 0.02);
  EXPECT_NEAR(NumberAt(svg, "bucket 0: waits", "x"),
              NumberAt(svg, "rank 0: forward", "x") + 2 * width, 0.02);
  EXPECT_LT(NumberAt(svg, "rank 0: waits", "y"), NumberAt(svg, "bucket 0: waits", "y"));
  for (const char* text : {">rank 0<", ">bucket 0<", ">forward<", ">milliseconds<",
                           "bucket 0: waits 2 ms, from 4 to 6"}) {
    EXPECT_NE(svg.find(text), kNowhere) << text;
  }
}

TEST(DrawTimelineChart, IsAsHighAsItsRowsNeed) {
  TimelineChart chart = Step();
  const auto height = [](const std::string& svg) {
    return std::strtod(svg.c_str() + svg.find("height=\"") + 8, nullptr);
  };
  const double two = height(DrawTimelineChart(chart, kForm));
  chart.rows.resize(10);
  EXPECT_DOUBLE_EQ(height(DrawTimelineChart(chart, kForm)), two + 8 * 22);
}

TEST(DrawTimelineChart, LeavesOutSpansWithoutAPlaceAndShowsShortOnes) {
  TimelineChart chart = Step();
  chart.rows[1].spans = {{kNaN, 1, 0}, {3, 2, 0}, {5, 5 + 1e-9, 0}};
  const std::string svg = DrawTimelineChart(chart, kForm);
  EXPECT_EQ(svg.find("nan"), kNowhere);
  EXPECT_GT(NumberAt(svg, "bucket 0: forward", "width"), 0.5);
  EXPECT_EQ(svg.find("from 3 to 2"), kNowhere);
  EXPECT_NE(DrawTimelineChart(TimelineChart{}, kForm).find(">no data<"), kNowhere);
}

}  // namespace
}  // namespace lockstep
