#include "distributed/report/chart/bar_chart.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "core/base/check.h"
#include "distributed/report/chart/legend.h"

namespace lockstep {
namespace {

double Height(double value) { return std::isfinite(value) && value > 0 ? value : 0; }

// Three digits: what a part says in its box.
std::string ValueText(double value) {
  if (value >= 100) return absl::StrFormat("%.0f", value);
  return absl::StrFormat(value >= 10 ? "%.1f" : "%.2f", value);
}

double Total(const BarChart& chart, size_t bar) {
  double total = 0;
  for (const BarPart& part : chart.parts) total += Height(part.values[bar]);
  return total;
}

// Bars at 0, 1, 2 ...; every second, third ... has a text where there are many.
Axis BarAxis(const BarChart& chart) {
  const double count = static_cast<double>(chart.bars.size());
  Axis axis{.logarithmic = false, .low = -0.5, .high = std::max(count, 1.0) - 0.5, .ticks = {}};
  for (size_t bar = 0; bar < chart.bars.size(); ++bar) {
    axis.ticks.push_back({static_cast<double>(bar), chart.bars[bar]});
  }
  return axis;
}

void DrawBar(const BarChart& chart, size_t bar, const PlotFrame& frame, SvgDrawing* drawing) {
  const double at = static_cast<double>(bar);
  const double half = std::min(34.0, 0.38 * (frame.Place(1, 0).x - frame.Place(0, 0).x));
  const double middle = frame.Place(at, 0).x;
  const double size = frame.text_size - 1;
  double below = 0;
  for (const BarPart& part : chart.parts) {
    const double value = Height(part.values[bar]);
    const double bottom = frame.Place(at, below).y, top = frame.Place(at, below + value).y;
    below += value;
    const std::string hint =
        absl::StrFormat("%s, %s: %s %s", chart.bars[bar], part.label, ValueText(value), chart.unit);
    drawing->Rectangle({middle - half, top, middle + half, bottom}, {part.ink}, hint);
    // A seam, which also tells the parts apart where colours do not.
    drawing->Line({middle - half, top}, {middle + half, top}, {Ink::kBackground, 1});
    const std::string text = ValueText(value);
    if (bottom - top < size + 4 || TextWidth(text, size) > 2 * half - 4) continue;
    drawing->Text({middle, (top + bottom) / 2 + 0.35 * size}, text,
                  {.ink = Ink::kBackground, .anchor = Anchor::kMiddle, .size = size});
  }
  const std::string total = ValueText(below);
  if (!chart.totals || below <= 0 || TextWidth(total, frame.text_size) > 2.5 * half) return;
  drawing->Text({middle, frame.Place(at, below).y - 5}, total,
                {.anchor = Anchor::kMiddle, .size = frame.text_size, .bold = true});
}

std::string Description(const BarChart& chart) {
  std::string text;
  for (size_t bar = 0; bar < chart.bars.size(); ++bar) {
    text += chart.bars[bar] + ": ";
    for (size_t i = 0; i < chart.parts.size(); ++i) {
      text += absl::StrFormat("%s%s %s %s", i == 0 ? "" : ", ", chart.parts[i].label,
                              ValueText(Height(chart.parts[i].values[bar])), chart.unit);
    }
    text += ". ";
  }
  return text.empty() ? "no data" : text;
}

}  // namespace

std::string DrawBarChart(const BarChart& chart, const PictureForm& form) {
  SvgDrawing drawing(form.width, form.height, form.inks);
  std::vector<LegendEntry> legend;
  for (const BarPart& part : chart.parts) {
    LOCKSTEP_CHECK(part.values.size() == chart.bars.size(), "%zu values for %zu bars",
                   part.values.size(), chart.bars.size());
    legend.push_back({part.label, part.ink, Look::kBox});
  }
  double highest = 0;
  for (size_t bar = 0; bar < chart.bars.size(); ++bar) {
    highest = std::max(highest, Total(chart, bar));
  }
  const double top = DrawLegend(legend, {0, 0, form.width, 0}, form.text_size(), &drawing);
  // Shares end at 100; above others stands the total.
  const double room = chart.totals ? 1.08 * highest : highest;
  const PlotFrame frame =
      MakeFrame(form, top, BarAxis(chart), LinearAxis({0, room}, form.narrow() ? 6 : 8));
  DrawFrame(frame, {chart.x_words, chart.y_words}, &drawing);
  DrawXTicks(frame, /*lines=*/false, &drawing);
  for (size_t bar = 0; bar < chart.bars.size(); ++bar) DrawBar(chart, bar, frame, &drawing);
  if (chart.bars.empty()) {
    drawing.Text({form.width / 2, form.height / 2}, "no data",
                 {.ink = Ink::kQuiet, .anchor = Anchor::kMiddle, .size = form.text_size()});
  }
  return drawing.Finish(chart.title, Description(chart));
}

}  // namespace lockstep
