#include "distributed/report/chart/legend.h"

#include <algorithm>
#include <array>

namespace lockstep {
namespace {

constexpr double kSample = 26;  // width of what stands beside a text
constexpr double kGap = 6;
constexpr double kBetween = 18;

void DrawSample(const LegendEntry& entry, Point middle, SvgDrawing* drawing) {
  const double left = middle.x - kSample / 2, right = middle.x + kSample / 2;
  const Box box{middle.x - 6, middle.y - 6, middle.x + 6, middle.y + 6};
  const std::array<Point, 2> line = {Point{left, middle.y}, Point{right, middle.y}};
  switch (entry.look) {
    case Look::kReference:
      drawing->Polyline(line, {entry.ink, 1.25});
      break;
    case Look::kMeasured:
      drawing->Polyline(line, {entry.ink, 2});
      drawing->Dot(middle, 4, {entry.ink});
      break;
    case Look::kPredicted:
      drawing->Rectangle({left, middle.y - 6, right, middle.y + 6}, {entry.ink, kPale});
      drawing->Polyline(line, {entry.ink, 2, /*dashed=*/true});
      break;
    case Look::kBox:
      drawing->Rectangle(box, {entry.ink});
      break;
    case Look::kPaleBox:
      drawing->Rectangle(box, {entry.ink, kPale});
      break;
  }
}

}  // namespace

double DrawLegend(std::span<const LegendEntry> entries, const Box& box, double text_size,
                  SvgDrawing* drawing) {
  const double row = text_size + 8;
  double x = box.left, y = box.top;
  for (const LegendEntry& entry : entries) {
    const bool boxed = entry.look == Look::kBox || entry.look == Look::kPaleBox;
    const double sample = boxed ? 12 : kSample;
    const double room = box.right - box.left - sample - kGap;
    const std::string text = FittedText(entry.label, text_size, room);
    const double width = sample + kGap + TextWidth(text, text_size);
    if (x > box.left && x + width > box.right) {
      x = box.left;
      y += row;
    }
    DrawSample(entry, {x + sample / 2, y + row / 2}, drawing);
    drawing->Text({x + sample + kGap, y + row / 2 + 0.35 * text_size}, text, {.size = text_size});
    x += width + kBetween;
  }
  return entries.empty() ? box.top : y + row;
}

}  // namespace lockstep
