#include "distributed/report/chart/legend.h"

#include <gtest/gtest.h>

#include <vector>

namespace lockstep {
namespace {

TEST(DrawLegend, TakesMoreRowsWhereThereIsLessRoom) {
  const std::vector<LegendEntry> entries = {{"measured", Ink::kSeries0, Look::kMeasured},
                                            {"predicted, 90 %", Ink::kSeries1, Look::kPredicted},
                                            {"ideal", Ink::kQuiet, Look::kReference}};
  SvgDrawing drawing(800, 100, InkSet::kPage);
  const double wide = DrawLegend(entries, {0, 5, 800, 0}, 13, &drawing);
  EXPECT_EQ(wide, 5 + 21);
  EXPECT_EQ(DrawLegend(entries, {0, 5, 260, 0}, 13, &drawing), 5 + 2 * 21);
  EXPECT_EQ(DrawLegend({}, {0, 5, 260, 0}, 13, &drawing), 5);
}

TEST(DrawLegend, ShowsALineOrABoxAsTheDataIsDrawn) {
  const auto drawn = [](Look look) {
    SvgDrawing drawing(300, 100, InkSet::kPage);
    DrawLegend(std::vector<LegendEntry>{{"label", Ink::kSeries0, look}}, {0, 0, 300, 0}, 13,
               &drawing);
    return drawing.Finish("", "");
  };
  EXPECT_NE(drawn(Look::kMeasured).find("<circle"), std::string::npos);
  EXPECT_NE(drawn(Look::kPredicted).find("stroke-dasharray"), std::string::npos);
  EXPECT_NE(drawn(Look::kPredicted).find("fill-opacity"), std::string::npos);
  EXPECT_EQ(drawn(Look::kReference).find("stroke-dasharray"), std::string::npos);
  EXPECT_EQ(drawn(Look::kBox).find("<polyline"), std::string::npos);
  EXPECT_NE(drawn(Look::kPaleBox).find("fill-opacity"), std::string::npos);
}

TEST(DrawLegend, CutsATextThatIsWiderThanTheRoom) {
  SvgDrawing drawing(100, 100, InkSet::kPage);
  DrawLegend(std::vector<LegendEntry>{{std::string(500, 'n'), Ink::kSeries0, Look::kBox}},
             {0, 0, 100, 0}, 13, &drawing);
  EXPECT_NE(drawing.Finish("", "").find("\u2026</text>"), std::string::npos);
}

}  // namespace
}  // namespace lockstep
