#include "distributed/report/chart/timeline_chart.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"

namespace lockstep {
namespace {

constexpr double kRow = 22;

bool IsDrawable(const TimelineSpan& span) {
  return std::isfinite(span.begin) && std::isfinite(span.end) && span.end > span.begin;
}

Axis TimeAxis(const TimelineChart& chart, int ticks) {
  std::vector<double> ends = {0};
  for (const TimelineRow& row : chart.rows) {
    for (const TimelineSpan& span : row.spans) {
      if (!IsDrawable(span)) continue;
      ends.push_back(span.begin);
      ends.push_back(span.end);
    }
  }
  const Range range = RangeOf(ends);
  Axis axis = LinearAxis(range, ticks);
  // Nothing lies past the step's end: no room for it.
  if (range.high > range.low) axis.high = range.high;
  std::erase_if(axis.ticks, [&](const Tick& tick) { return tick.value > axis.high; });
  return axis;
}

// The rows' labels take the room that texts of a y axis would.
PlotFrame MakeTimelineFrame(const TimelineChart& chart, const PictureForm& form, double top) {
  PlotFrame frame = MakeFrame(form, top, TimeAxis(chart, form.narrow() ? 5 : 9), Axis{});
  double widest = 0;
  for (const TimelineRow& row : chart.rows) {
    widest = std::max(widest, TextWidth(row.label, frame.text_size));
  }
  frame.box.left = std::min(widest + 8, form.width / 2);
  frame.box.top = top + 4;
  return frame;
}

void DrawRow(const TimelineChart& chart, const TimelineRow& row, double top, const PlotFrame& frame,
             SvgDrawing* drawing) {
  drawing->Text({frame.box.left - 6, top + kRow / 2 + 0.35 * frame.text_size},
                FittedText(row.label, frame.text_size, frame.box.left - 6),
                {.anchor = Anchor::kEnd, .size = frame.text_size});
  for (const TimelineSpan& span : row.spans) {
    if (!IsDrawable(span)) continue;
    const LegendEntry& kind = chart.kinds[span.kind];
    const double left = frame.Place(span.begin, 0).x, right = frame.Place(span.end, 0).x;
    const std::string hint =
        absl::StrFormat("%s: %s %.4g %s, from %.4g to %.4g", row.label, kind.label,
                        span.end - span.begin, chart.unit, span.begin, span.end);
    // The shortest span is still a line that can be seen.
    drawing->Rectangle({left, top + 2, std::max(right, left + 0.75), top + kRow - 2},
                       {kind.ink, kind.look == Look::kPaleBox ? kPale : 1}, hint);
    if (right - left > 4) {
      drawing->Line({right, top + 2}, {right, top + kRow - 2}, {Ink::kBackground, 1});
    }
  }
}

}  // namespace

std::string DrawTimelineChart(const TimelineChart& chart, const PictureForm& form) {
  // Once for the legend's height alone.
  SvgDrawing trial(form.width, 0, form.inks);
  const Box across{0, 0, form.width, 0};
  const double top = DrawLegend(chart.kinds, across, form.text_size(), &trial);
  PictureForm sized = form;
  const double rows = kRow * static_cast<double>(std::max<size_t>(chart.rows.size(), 1));
  sized.height = top + 4 + rows + 3.2 * form.text_size();
  SvgDrawing drawing(sized.width, sized.height, sized.inks);
  DrawLegend(chart.kinds, across, form.text_size(), &drawing);
  const PlotFrame frame = MakeTimelineFrame(chart, sized, top);
  DrawFrame(frame, {chart.x_words, ""}, &drawing);
  DrawXTicks(frame, /*lines=*/true, &drawing);
  for (size_t i = 0; i < chart.rows.size(); ++i) {
    DrawRow(chart, chart.rows[i], frame.box.top + kRow * static_cast<double>(i), frame, &drawing);
  }
  if (chart.rows.empty()) {
    drawing.Text({form.width / 2, frame.box.top + kRow / 2}, "no data",
                 {.ink = Ink::kQuiet, .anchor = Anchor::kMiddle, .size = form.text_size()});
  }
  return drawing.Finish(chart.title, chart.x_words);
}

}  // namespace lockstep
