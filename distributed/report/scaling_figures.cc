#include "distributed/report/scaling_figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "distributed/report/chart/bar_chart.h"
#include "distributed/report/chart/timeline_chart.h"
#include "distributed/report/chart/xy_chart.h"

namespace lockstep {
namespace {

// A picture with more rows than this is no picture.
constexpr size_t kMostRanks = 16;
constexpr size_t kMostBuckets = 32;

// A number of a CSV file, nothing for what is not known.
std::string Cell(double value) {
  return std::isfinite(value) ? absl::StrFormat(",%.6g", value) : ",";
}

std::string Cells(const Estimate& estimate) {
  return Cell(estimate.value) + Cell(estimate.low) + Cell(estimate.high);
}

// What a curve shows of one number of ranks.
struct CurvePoint {
  double ideal = 0;
  Estimate measured;
  Estimate predicted;
};
using CurvePoints = std::map<int, CurvePoint>;

XySeries Series(const CurvePoints& points, const Estimate CurvePoint::*member, double scale,
                XySeries series) {
  for (const auto& [ranks, point] : points) {
    const Estimate& y = point.*member;
    series.points.push_back(
        {static_cast<double>(ranks), scale * y.value, scale * y.low, scale * y.high});
  }
  return series;
}

std::string CurveCaption(const ScalingResult& result) {
  std::string caption =
      absl::StrFormat("Measured: medians of %d interleaved runs with their %.0f %% intervals.",
                      result.repeats, 100 * result.interval_level);
  if (result.predicted.empty()) return caption;
  return caption + absl::StrFormat(" Predicted: the fitted model with its %.0f %% band.",
                                   100 * result.model_level);
}

// `scale` turns values into what the axis says.
Figure CurveFigure(const ScalingResult& result, const CurvePoints& points, double scale,
                   XyChart chart, std::string name) {
  XySeries ideal{"ideal", Ink::kQuiet, Look::kReference, {}};
  std::string csv =
      "ranks,ideal,measured,measured_low,measured_high,predicted,predicted_low,predicted_high\n";
  for (const auto& [ranks, point] : points) {
    ideal.points.push_back({static_cast<double>(ranks), scale * point.ideal});
    csv += std::to_string(ranks) + Cell(point.ideal) + Cells(point.measured) +
           Cells(point.predicted) + "\n";
  }
  const std::string predicted = absl::StrFormat("predicted, %.0f %%", 100 * result.model_level);
  chart.series = {ideal,
                  Series(points, &CurvePoint::predicted, scale,
                         {predicted, Ink::kSeries1, Look::kPredicted, {}}),
                  Series(points, &CurvePoint::measured, scale,
                         {"measured", Ink::kSeries0, Look::kMeasured, {}})};
  return {std::move(name), chart.title, CurveCaption(result), csv,
          [chart](const PictureForm& form) { return DrawXyChart(chart, form); }};
}

Figure SpeedupFigure(const ScalingResult& result) {
  CurvePoints points;
  for (const MeasuredRanks& one : result.measured) points[one.ranks].measured = one.speedup;
  for (const PredictedRanks& one : result.predicted) points[one.ranks].predicted = one.speedup;
  for (auto& [ranks, point] : points) {
    point.ideal = static_cast<double>(ranks) / std::max(result.base_ranks, 1);
  }
  return CurveFigure(result, points, 1,
                     {.title = "Speed-up by number of ranks",
                      .x_words = "ranks",
                      .y_words = "speed-up, times",
                      .y_as_x = true,
                      .series = {}},
                     "scaling_speedup");
}

Figure EfficiencyFigure(const ScalingResult& result) {
  CurvePoints points;
  for (const MeasuredRanks& one : result.measured) points[one.ranks].measured = one.efficiency;
  for (const PredictedRanks& one : result.predicted) points[one.ranks].predicted = one.efficiency;
  for (auto& [ranks, point] : points) point.ideal = 1;
  return CurveFigure(result, points, 100,
                     {.title = "Efficiency by number of ranks",
                      .x_words = "ranks",
                      .y_words = "efficiency, %",
                      .series = {}},
                     "scaling_efficiency");
}

// The colours that parts have in report.html too.
Ink PartInk(std::string_view name) {
  constexpr std::array<std::string_view, 6> kOrder = {"input", "forward",  "backward",
                                                      "wait",  "transfer", "optimizer"};
  const auto place = std::ranges::find(kOrder, name);
  return static_cast<Ink>(static_cast<ptrdiff_t>(Ink::kSeries0) + (place - kOrder.begin()));
}

Figure BreakdownFigure(const ScalingResult& result, bool shares) {
  BarChart chart{.title = shares ? "Shares of a step" : "Milliseconds of a step",
                 .x_words = "ranks",
                 .y_words = shares ? "share of a step, %" : "milliseconds, mean over ranks",
                 .unit = shares ? "%" : "ms",
                 .bars = {},
                 .parts = {},
                 .totals = !shares};
  std::string csv = "ranks";
  for (const NamedStepPart& part : kStepParts) {
    chart.parts.push_back({part.words, PartInk(part.name), {}});
    csv += absl::StrFormat(",%s_%s", part.name, shares ? "percent" : "ms");
  }
  csv += "\n";
  for (const MeasuredRanks& one : result.measured) {
    const double total = one.parts.total_ms();
    const double scale = !shares ? 1 : total > 0 ? 100 / total : 0;
    chart.bars.push_back(std::to_string(one.ranks));
    csv += std::to_string(one.ranks);
    for (size_t i = 0; i < kStepParts.size(); ++i) {
      chart.parts[i].values.push_back(scale * one.parts.*kStepParts[i].ms);
      csv += Cell(chart.parts[i].values.back());
    }
    csv += "\n";
  }
  return {shares ? "scaling_shares" : "scaling_breakdown", chart.title,
          "Measured: the run with the median step.", csv,
          [chart](const PictureForm& form) { return DrawBarChart(chart, form); }};
}

// A row of the timeline; its spans also as lines of the CSV file.
void AppendRow(TimelineRow row, TimelineChart* chart, std::string* csv) {
  for (const TimelineSpan& span : row.spans) {
    *csv +=
        row.label + "," + chart->kinds[span.kind].label + Cell(span.begin) + Cell(span.end) + "\n";
  }
  chart->rows.push_back(std::move(row));
}

// Phases of other names, from a newer file, are left out.
void AppendRanks(const DrawnStep& step, TimelineChart* chart, std::string* csv) {
  for (size_t rank = 0; rank < std::min(step.phases.size(), kMostRanks); ++rank) {
    TimelineRow row{"rank " + std::to_string(rank), {}};
    for (const PhaseSpanMs& phase : step.phases[rank]) {
      for (size_t kind = 0; kind < kStepParts.size(); ++kind) {
        if (phase.phase != kStepParts[kind].name) continue;
        row.spans.push_back({phase.begin_ms, phase.end_ms, kind});
      }
    }
    AppendRow(std::move(row), chart, csv);
  }
}

void AppendBuckets(const DrawnStep& step, TimelineChart* chart, std::string* csv) {
  const size_t waits = kStepParts.size(), transfer = waits + 1;
  for (size_t i = 0; i < std::min(step.buckets.size(), kMostBuckets); ++i) {
    const BucketSpanMs& bucket = step.buckets[i];
    AppendRow(
        {"bucket " + std::to_string(i),
         {{bucket.ready_ms, bucket.begin_ms, waits}, {bucket.begin_ms, bucket.end_ms, transfer}}},
        chart, csv);
  }
}

std::string TimelineCaption(const DrawnStep& step) {
  std::string caption =
      step.step > 0
          ? absl::StrFormat("Step %d of a run, of median length among its first.", step.step)
          : "Means over a run\u2019s steps.";
  caption += " A bucket is a piece of the gradients, ready once all ranks have it.";
  if (step.phases.size() <= kMostRanks && step.buckets.size() <= kMostBuckets) return caption;
  return caption + absl::StrFormat(" The first %d of %d ranks, %d of %d buckets.",
                                   std::min(step.phases.size(), kMostRanks), step.phases.size(),
                                   std::min(step.buckets.size(), kMostBuckets),
                                   step.buckets.size());
}

Figure TimelineFigure(const DrawnStep& step) {
  TimelineChart chart{.title = absl::StrFormat("One step on %d ranks", step.ranks),
                      .x_words = "milliseconds since the step began",
                      .unit = "ms",
                      .kinds = {},
                      .rows = {}};
  for (const NamedStepPart& part : kStepParts) {
    chart.kinds.push_back({part.words, PartInk(part.name), Look::kBox});
  }
  chart.kinds.push_back({"bucket waits", Ink::kText, Look::kPaleBox});
  chart.kinds.push_back({"bucket is summed", Ink::kText, Look::kBox});
  std::string csv = "row,what,begin_ms,end_ms\n";
  AppendRanks(step, &chart, &csv);
  AppendBuckets(step, &chart, &csv);
  return {"scaling_timeline",
          chart.title,
          TimelineCaption(step),
          csv,
          [chart](const PictureForm& form) { return DrawTimelineChart(chart, form); },
          /*width=*/760};
}

}  // namespace

std::vector<Figure> ScalingFigures(const ScalingResult& result) {
  std::vector<Figure> figures = {SpeedupFigure(result), EfficiencyFigure(result)};
  if (!result.measured.empty()) {
    figures.push_back(BreakdownFigure(result, /*shares=*/false));
    figures.push_back(BreakdownFigure(result, /*shares=*/true));
  }
  if (result.drawn.ranks > 0) figures.push_back(TimelineFigure(result.drawn));
  return figures;
}

}  // namespace lockstep
