#include "distributed/report/chart/plot_frame.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

const PictureForm kForm{.width = 600, .height = 400, .inks = InkSet::kPage};

int Occurrences(const std::string& text, std::string_view part) {
  int count = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(PlotFrame, PlacesDataInItsBoxUpwards) {
  const PlotFrame frame = MakeFrame(kForm, 30, LinearAxis({0, 10}, 6), LinearAxis({0, 1}, 6));
  EXPECT_DOUBLE_EQ(frame.Place(0, 0).x, frame.box.left);
  EXPECT_DOUBLE_EQ(frame.Place(0, 0).y, frame.box.bottom);
  EXPECT_DOUBLE_EQ(frame.Place(10, 1).x, frame.box.right);
  EXPECT_DOUBLE_EQ(frame.Place(10, 1).y, frame.box.top);
}

TEST(PlotFrame, LeavesRoomForLegendAndTexts) {
  const Axis small = LinearAxis({0, 1}, 3), large = LinearAxis({0, 4e6}, 6);
  const PlotFrame frame = MakeFrame(kForm, 30, small, large);
  EXPECT_GT(frame.box.left, TextWidth("4,000,000", frame.text_size));
  EXPECT_LT(MakeFrame(kForm, 30, small, small).box.left, frame.box.left);
  EXPECT_GT(frame.box.top, 30 + frame.text_size);
  EXPECT_LT(frame.box.bottom + 2 * frame.text_size, kForm.height);
}

TEST(DrawFrame, WritesEachTickOfYAndBothWords) {
  const PlotFrame frame = MakeFrame(kForm, 30, LinearAxis({0, 10}, 6), LinearAxis({0, 1}, 6));
  SvgDrawing drawing(600, 400, InkSet::kPage);
  DrawFrame(frame, {"ranks", "speed-up"}, &drawing);
  const std::string svg = drawing.Finish("", "");
  for (const char* text : {">0.0<", ">0.4<", ">1.0<", ">ranks<", ">speed-up<"}) {
    EXPECT_NE(svg.find(text), std::string::npos) << text;
  }
}

TEST(DrawXTicks, LeavesOutTextsThatWouldTouch) {
  Axis crowded{.logarithmic = false, .low = 0, .high = 1000, .ticks = {}};
  for (int i = 0; i <= 1000; ++i) crowded.ticks.push_back({static_cast<double>(i), "tick"});
  const PlotFrame frame = MakeFrame(kForm, 30, crowded, LinearAxis({0, 1}, 6));
  SvgDrawing drawing(600, 400, InkSet::kPage);
  DrawXTicks(frame, /*lines=*/false, &drawing);
  const int texts = Occurrences(drawing.Finish("", ""), ">tick<");
  EXPECT_GT(texts, 5);
  EXPECT_LT(texts * TextWidth("tick", frame.text_size), 600);
}

}  // namespace
}  // namespace lockstep
