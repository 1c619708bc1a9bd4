#include "distributed/report/chart/plot_frame.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace lockstep {
namespace {

constexpr double kTickGap = 6;  // between an axis and its texts

}  // namespace

Point PlotFrame::Place(double x_value, double y_value) const {
  return {box.left + x.Place(x_value) * (box.right - box.left),
          box.bottom - y.Place(y_value) * (box.bottom - box.top)};
}

PlotFrame MakeFrame(const PictureForm& form, double top, Axis x, Axis y) {
  const double size = form.text_size();
  double widest = 0;
  for (const Tick& tick : y.ticks) widest = std::max(widest, TextWidth(tick.text, size));
  const double last = x.ticks.empty() ? 0 : TextWidth(x.ticks.back().text, size);
  PlotFrame frame;
  frame.box = {widest + kTickGap + 2, top + 2.2 * size, form.width - std::max(8.0, last / 2 + 2),
               form.height - 3.2 * size};
  frame.x = std::move(x);
  frame.y = std::move(y);
  frame.text_size = size;
  return frame;
}

void DrawFrame(const PlotFrame& frame, const FrameWords& words, SvgDrawing* drawing) {
  const Box& box = frame.box;
  const double size = frame.text_size;
  for (const Tick& tick : frame.y.ticks) {
    const double y = frame.Place(frame.x.low, tick.value).y;
    drawing->Line({box.left, y}, {box.right, y}, {Ink::kGrid});
    drawing->Text({box.left - kTickGap, y + 0.35 * size}, tick.text,
                  {.ink = Ink::kQuiet, .anchor = Anchor::kEnd, .size = size});
  }
  drawing->Line({box.left, box.bottom}, {box.right, box.bottom}, {Ink::kQuiet});
  drawing->Text({0, box.top - 1.1 * size}, FittedText(words.y, size, drawing->width()),
                {.ink = Ink::kQuiet, .size = size});
  drawing->Text({(box.left + box.right) / 2, drawing->height() - 0.5 * size}, words.x,
                {.ink = Ink::kQuiet, .anchor = Anchor::kMiddle, .size = size});
}

void DrawXTicks(const PlotFrame& frame, bool lines, SvgDrawing* drawing) {
  const double size = frame.text_size;
  double free_from = -std::numeric_limits<double>::infinity();
  for (const Tick& tick : frame.x.ticks) {
    const double x = frame.Place(tick.value, frame.y.low).x;
    if (lines) drawing->Line({x, frame.box.top}, {x, frame.box.bottom}, {Ink::kGrid});
    const double half = TextWidth(tick.text, size) / 2;
    if (x - half < free_from) continue;
    drawing->Text({x, frame.box.bottom + kTickGap + size}, tick.text,
                  {.ink = Ink::kQuiet, .anchor = Anchor::kMiddle, .size = size});
    free_from = x + half + 6;
  }
}

}  // namespace lockstep
