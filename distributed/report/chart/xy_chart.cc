#include "distributed/report/chart/xy_chart.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"

namespace lockstep {
namespace {

bool HasInterval(const XyPoint& point) {
  return std::isfinite(point.low) && std::isfinite(point.high);
}

// The counts at which there is something; an axis for counts begins above 0.
std::vector<double> Counts(const XyChart& chart) {
  std::vector<double> counts;
  for (const XySeries& one : chart.series) {
    for (const XyPoint& point : one.points) {
      if (std::isfinite(point.x) && point.x > 0) counts.push_back(point.x);
    }
  }
  return counts;
}

// Only what can be drawn.
std::vector<XySeries> Drawable(const XyChart& chart, bool powers) {
  std::vector<XySeries> series = chart.series;
  for (XySeries& one : series) {
    std::erase_if(one.points, [&](const XyPoint& point) {
      return !std::isfinite(point.x) || !std::isfinite(point.y) || point.x <= 0 ||
             (powers && point.y <= 0);
    });
  }
  return series;
}

Axis YAxis(const XyChart& chart, const std::vector<XySeries>& series, bool powers, int ticks) {
  std::vector<double> values;
  for (const XySeries& one : series) {
    for (const XyPoint& point : one.points) {
      values.push_back(point.y);
      // An interval down to nothing has no place on an axis of powers; it ends at the edge.
      if (HasInterval(point) && (!powers || point.low > 0)) values.push_back(point.low);
      if (HasInterval(point)) values.push_back(point.high);
    }
  }
  if (chart.y_from_zero && !powers) values.push_back(0);
  return powers ? PowerOfTwoAxis(RangeOf(values), ticks) : LinearAxis(RangeOf(values), ticks);
}

void DrawBand(const XySeries& series, const PlotFrame& frame, SvgDrawing* drawing) {
  std::vector<Point> corners;
  for (const XyPoint& point : series.points) {
    if (HasInterval(point)) corners.push_back(frame.Place(point.x, point.high));
  }
  for (auto point = series.points.rbegin(); point != series.points.rend(); ++point) {
    if (HasInterval(*point)) corners.push_back(frame.Place(point->x, point->low));
  }
  drawing->Polygon(corners, {series.ink, kPale});
}

void DrawInterval(const XyPoint& point, Ink ink, const PlotFrame& frame, SvgDrawing* drawing) {
  constexpr double kCap = 4;
  const Point low = frame.Place(point.x, point.low), high = frame.Place(point.x, point.high);
  drawing->Line(low, high, {ink, 1.5});
  for (const Point& end : {low, high}) {
    drawing->Line({end.x - kCap, end.y}, {end.x + kCap, end.y}, {ink, 1.5});
  }
}

std::string Hint(const XySeries& series, const XyPoint& point) {
  std::string text = absl::StrFormat("%s at %g: %.4g", series.label, point.x, point.y);
  if (HasInterval(point)) text += absl::StrFormat(" (%.4g to %.4g)", point.low, point.high);
  return text;
}

void DrawSeries(const XySeries& series, const PlotFrame& frame, SvgDrawing* drawing) {
  std::vector<Point> line;
  for (const XyPoint& point : series.points) line.push_back(frame.Place(point.x, point.y));
  const bool predicted = series.look == Look::kPredicted;
  if (predicted) DrawBand(series, frame, drawing);
  drawing->Polyline(line, {series.ink, series.look == Look::kReference ? 1.25 : 2, predicted});
  if (series.look == Look::kReference) return;
  for (size_t i = 0; i < line.size(); ++i) {
    const XyPoint& point = series.points[i];
    if (!predicted && HasInterval(point)) DrawInterval(point, series.ink, frame, drawing);
    // A prediction of one point would have no line at all; elsewhere small dots tell the counts.
    drawing->Dot(line[i], predicted ? 2.5 : 4, {series.ink}, Hint(series, point));
  }
}

std::string Description(const std::vector<XySeries>& series) {
  std::string text;
  for (const XySeries& one : series) {
    if (one.points.empty()) continue;
    text += absl::StrFormat("%s%s: %.4g at %g", text.empty() ? "" : "; ", one.label,
                            one.points.front().y, one.points.front().x);
    if (one.points.size() > 1) {
      text += absl::StrFormat(" to %.4g at %g", one.points.back().y, one.points.back().x);
    }
  }
  return text.empty() ? "no data" : text + ".";
}

}  // namespace

std::string DrawXyChart(const XyChart& chart, const PictureForm& form) {
  const std::vector<double> counts = Counts(chart);
  const bool far_apart = WantsPowersOfTwo(RangeOf(counts));
  const std::vector<XySeries> series = Drawable(chart, far_apart && chart.y_as_x);
  SvgDrawing drawing(form.width, form.height, form.inks);
  std::vector<LegendEntry> legend;
  for (const XySeries& one : series) {
    if (!one.points.empty()) legend.push_back({one.label, one.ink, one.look});
  }
  const double top = DrawLegend(legend, {0, 0, form.width, 0}, form.text_size(), &drawing);
  const PlotFrame frame =
      MakeFrame(form, top, CountAxis(counts, 11),
                YAxis(chart, series, far_apart && chart.y_as_x, form.narrow() ? 7 : 11));
  DrawFrame(frame, {chart.x_words, chart.y_words}, &drawing);
  DrawXTicks(frame, /*lines=*/true, &drawing);
  for (const XySeries& one : series) DrawSeries(one, frame, &drawing);
  if (legend.empty()) {
    drawing.Text({form.width / 2, form.height / 2}, "no data",
                 {.ink = Ink::kQuiet, .anchor = Anchor::kMiddle, .size = form.text_size()});
  }
  return drawing.Finish(chart.title, Description(series));
}

}  // namespace lockstep
