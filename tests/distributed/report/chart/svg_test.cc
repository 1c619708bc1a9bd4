#include "distributed/report/chart/svg.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace lockstep {
namespace {

constexpr auto kNowhere = std::string::npos;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(SvgDrawing, WritesEachShape) {
  SvgDrawing drawing(100, 50, InkSet::kPage);
  drawing.Line({0, 1}, {2.5, 3.125}, {Ink::kGrid, 2, /*dashed=*/true});
  drawing.Polygon(std::vector<Point>{{0, 0}, {1, 0}, {0, 1}}, {Ink::kSeries1, 0.25});
  drawing.Rectangle({1, 2, 4, 6}, {Ink::kSeries2}, "hint");
  drawing.Dot({5, 6}, 3, {Ink::kSeries3});
  drawing.Text({7, 8}, "word", {.anchor = Anchor::kEnd, .bold = true});
  const std::string svg = drawing.Finish("name", "what it shows");
  for (const char* part :
       {"viewBox=\"0 0 100 50\"", "points=\"0,1 2.5,3.12\"", "stroke=\"var(--line)\"",
        "stroke-dasharray", "points=\"0,0 1,0 0,1\"",
        "fill=\"var(--series-1)\" fill-opacity=\"0.25\"",
        "<rect x=\"1\" y=\"2\" width=\"3\" height=\"4\"", "<title>hint</title></rect>",
        "<circle cx=\"5\" cy=\"6\" r=\"3\"", "text-anchor=\"end\"", ">word</text>",
        "<title>name</title>", "<desc>what it shows</desc>"}) {
    EXPECT_NE(svg.find(part), kNowhere) << part << "\n" << svg;
  }
}

TEST(SvgDrawing, HasFixedColorsOnWhiteAndItsNamespaceOnPaperOnly) {
  for (const InkSet inks : {InkSet::kPaper, InkSet::kPage}) {
    SvgDrawing drawing(100, 50, inks);
    drawing.Dot({5, 6}, 3, {Ink::kSeries0});
    const std::string svg = drawing.Finish("", "");
    const bool paper = inks == InkSet::kPaper;
    EXPECT_EQ(svg.find("var(--series-0)") == kNowhere, paper);
    EXPECT_EQ(svg.find("#1f63b5") != kNowhere, paper);
    EXPECT_EQ(
        svg.find("x=\"-8\" y=\"-8\" width=\"116\" height=\"66\" fill=\"#ffffff\"") != kNowhere,
        paper);
    EXPECT_NE(svg.find(paper ? "viewBox=\"-8 -8 116 66\"" : "viewBox=\"0 0 100 50\""), kNowhere);
    EXPECT_EQ(svg.find("xmlns=\"http://www.w3.org/2000/svg\"") != kNowhere, paper);
  }
}

TEST(SvgDrawing, LetsNoTextBecomeMarkup) {
  const char* const evil = "</text><script>\"&'\x01\xff";
  SvgDrawing drawing(100, 50, InkSet::kPaper);
  drawing.Text({1, 1}, evil, {});
  drawing.Rectangle({1, 2, 4, 6}, {}, evil);
  const std::string svg = drawing.Finish(evil, evil);
  EXPECT_EQ(svg.find("<script"), kNowhere);
  EXPECT_EQ(svg.find('\x01'), kNowhere);
  EXPECT_EQ(svg.find('\xff'), kNowhere);
  EXPECT_NE(svg.find("&lt;script&gt;&quot;&amp;&#39;"), kNowhere);
}

TEST(SvgDrawing, LeavesOutWhatIsNotFiniteOrHasNoSize) {
  SvgDrawing drawing(100, 50, InkSet::kPage);
  const std::string empty = drawing.Finish("", "");
  for (const double bad : {kNaN, kInf, -kInf}) {
    drawing.Line({0, bad}, {1, 1}, {});
    drawing.Polyline(std::vector<Point>{{0, 0}, {bad, 1}, {2, 2}}, {});
    drawing.Polygon(std::vector<Point>{{0, 0}, {bad, 1}, {2, 2}}, {});
    drawing.Rectangle({bad, 0, 1, 1}, {});
    drawing.Dot({1, bad}, 1, {});
    drawing.Text({bad, 1}, "word", {});
  }
  drawing.Polyline({}, {});
  drawing.Rectangle({1, 1, 1, 5}, {});
  EXPECT_EQ(drawing.Finish("", ""), empty);
}

TEST(TextWidth, GrowsWithLettersNotWithBytes) {
  EXPECT_GT(TextWidth("MM", 10), TextWidth("ii", 10));
  EXPECT_DOUBLE_EQ(TextWidth("12", 20), 2 * TextWidth("12", 10));
  EXPECT_DOUBLE_EQ(TextWidth("\u00b5", 10), TextWidth("e", 10));
}

TEST(FittedText, CutsBetweenLettersToTheWidth) {
  EXPECT_EQ(FittedText("short", 10, 1000), "short");
  EXPECT_EQ(FittedText("anything", 10, 1), "");
  const std::string cut = FittedText("\u00b5\u00b5\u00b5\u00b5\u00b5\u00b5", 10, 25);
  EXPECT_EQ(cut, "\u00b5\u00b5\u00b5\u2026");
  EXPECT_LE(TextWidth(cut, 10), 25);
}

}  // namespace
}  // namespace lockstep
