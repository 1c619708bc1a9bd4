#include "distributed/report/scaling_tables.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "core/base/number_text.h"
#include "distributed/report/escape.h"

namespace lockstep {
namespace {

constexpr const char* kUnknown = "\u2013";

// A column: its heading, and a row's cell as HTML.
template <typename Row>
struct Column {
  const char* heading;
  bool number;
  std::function<std::string(const Row&)> cell;
};

// A table in a box that scrolls sideways by itself. The first column heads its row.
template <typename Row>
std::string Table(const char* label, const std::vector<Column<Row>>& columns,
                  const std::vector<Row>& rows) {
  if (rows.empty()) return "";
  const auto kind = [](const Column<Row>& column) {
    return column.number ? " class=\"number\"" : "";
  };
  std::string html = absl::StrFormat(
      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\"><table>\n"
      "<thead><tr>",
      label);
  for (const Column<Row>& column : columns) {
    html += absl::StrFormat("<th scope=\"col\"%s>%s</th>", kind(column), column.heading);
  }
  html += "</tr></thead>\n<tbody>\n";
  for (const Row& row : rows) {
    html += "<tr>";
    for (size_t i = 0; i < columns.size(); ++i) {
      const char* const tag = i == 0 ? "th" : "td";
      html += absl::StrFormat("<%s%s%s>%s</%s>", tag, i == 0 ? " scope=\"row\"" : "",
                              kind(columns[i]), columns[i].cell(row), tag);
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string PercentText(double share) {
  return std::isfinite(share) ? absl::StrFormat("%.1f %%", 100 * share) : kUnknown;
}

// How far one lies from the other.
std::string DifferenceText(double value, double from) {
  const double difference = value / from - 1;
  return std::isfinite(difference) ? absl::StrFormat("%+.1f %%", 100 * difference) : kUnknown;
}

const MeasuredRanks* FindMeasured(const ScalingResult& result, int ranks) {
  const auto place = std::ranges::find(result.measured, ranks, &MeasuredRanks::ranks);
  return place == result.measured.end() ? nullptr : &*place;
}

std::string ErrorText(const ScalingResult& result, const PredictedRanks& predicted) {
  const MeasuredRanks* measured = FindMeasured(result, predicted.ranks);
  if (measured == nullptr) return kUnknown;
  return DifferenceText(predicted.step_ms.value, measured->step_ms.value);
}

}  // namespace

std::string ShortNumber(double value) {
  if (!std::isfinite(value)) return kUnknown;
  if (std::abs(value) >= 1000) return NumberText(std::round(value));
  const double size = std::abs(value);
  if (size >= 100 || value == 0) return absl::StrFormat("%.0f", value);
  if (size >= 0.01) return absl::StrFormat("%.*f", size >= 10 ? 1 : size >= 1 ? 2 : 3, value);
  return absl::StrFormat("%.3g", value);
}

std::string EstimateHtml(const Estimate& estimate, double scale) {
  std::string html = ShortNumber(scale * estimate.value);
  if (std::isfinite(estimate.low) && std::isfinite(estimate.high)) {
    html += absl::StrFormat(" <span class=\"quiet\">%s \u2013 %s</span>",
                            ShortNumber(scale * estimate.low), ShortNumber(scale * estimate.high));
  }
  return html;
}

std::string MeasuredTable(const ScalingResult& result) {
  using Row = MeasuredRanks;
  std::vector<Column<Row>> columns = {
      {"ranks", true, [](const Row& m) { return std::to_string(m.ranks); }},
      {"hosts", true, [](const Row& m) { return std::to_string(m.hosts); }},
      {"batch", true, [](const Row& m) { return NumberText(static_cast<double>(m.batch)); }},
      {"step, ms", true, [](const Row& m) { return EstimateHtml(m.step_ms); }},
      {"samples/s", true, [](const Row& m) { return EstimateHtml(m.samples_per_second); }},
      {"speed-up", true, [](const Row& m) { return EstimateHtml(m.speedup); }},
      {"efficiency, %", true, [](const Row& m) { return EstimateHtml(m.efficiency, 100); }},
      {"rank-seconds of 1000 samples", true, [](const Row& m) { return EstimateHtml(m.cost); }}};
  return Table("what was measured", columns, result.measured);
}

std::string OverlapTable(const ScalingResult& result) {
  using Row = MeasuredRanks;
  return Table<Row>(
      "overlap and verdict",
      {{"ranks", true, [](const Row& m) { return std::to_string(m.ranks); }},
       {"overlap bound, ms", true, [](const Row& m) { return ShortNumber(m.overlap_bound_ms); }},
       {"reached, ms", true, [](const Row& m) { return ShortNumber(m.overlap_reached_ms); }},
       {"verdict", false, [](const Row& m) { return EscapeHtml(m.verdict); }}},
      result.measured);
}

std::string PredictedTable(const ScalingResult& result) {
  using Row = PredictedRanks;
  return Table<Row>(
      "what the model predicts",
      {{"ranks", true, [](const Row& p) { return std::to_string(p.ranks); }},
       {"hosts", true, [](const Row& p) { return std::to_string(p.hosts); }},
       {"step, ms", true, [](const Row& p) { return EstimateHtml(p.step_ms); }},
       {"samples/s", true, [](const Row& p) { return EstimateHtml(p.samples_per_second); }},
       {"speed-up", true, [](const Row& p) { return EstimateHtml(p.speedup); }},
       {"efficiency, %", true, [](const Row& p) { return EstimateHtml(p.efficiency, 100); }},
       {"error of the step", true, [&](const Row& p) { return ErrorText(result, p); }},
       {"what costs most", false, [](const Row& p) { return EscapeHtml(p.dominant); }}},
      result.predicted);
}

std::string WhatIfTable(const ScalingResult& result) {
  using Row = ScalingWhatIf;
  std::vector<Row> rows = result.what_ifs;
  if (!rows.empty()) {
    for (const PredictedRanks& p : result.predicted) {
      if (p.ranks != result.what_ifs.front().ranks) continue;
      rows.insert(rows.begin(), {"as it is", p.ranks, p.step_ms, p.speedup.value,
                                 p.efficiency.value, p.dominant});
    }
  }
  return Table<Row>(
      "what would change",
      {{"if", false, [](const Row& w) { return EscapeHtml(w.change); }},
       {"ranks", true, [](const Row& w) { return std::to_string(w.ranks); }},
       {"step, ms", true, [](const Row& w) { return EstimateHtml(w.step_ms); }},
       {"speed-up", true, [](const Row& w) { return ShortNumber(w.speedup); }},
       {"efficiency", true, [](const Row& w) { return PercentText(w.efficiency); }},
       {"then costs most", false, [](const Row& w) { return EscapeHtml(w.dominant); }}},
      rows);
}

std::string TermsTable(const ScalingResult& result) {
  using Row = FittedTerm;
  return Table<Row>("terms of the model",
                    {{"term", false, [](const Row& t) { return EscapeHtml(t.name); }},
                     {"value", true, [](const Row& t) { return EstimateHtml(t.estimate); }},
                     {"unit", false, [](const Row& t) { return EscapeHtml(t.unit); }},
                     {"meaning", false, [](const Row& t) { return EscapeHtml(t.meaning); }},
                     {"from", false, [](const Row& t) { return t.fitted ? "fitted" : "assumed"; }}},
                    result.terms);
}

std::string ResidualsTable(const ScalingResult& result) {
  using Row = Residual;
  return Table<Row>(
      "what the model leaves unexplained",
      {{"ranks", true, [](const Row& r) { return std::to_string(r.ranks); }},
       {"part", false, [](const Row& r) { return EscapeHtml(r.part); }},
       {"measured, ms", true, [](const Row& r) { return ShortNumber(r.measured_ms); }},
       {"fitted, ms", true, [](const Row& r) { return ShortNumber(r.fitted_ms); }},
       {"difference", true,
        [](const Row& r) { return DifferenceText(r.fitted_ms, r.measured_ms); }}},
      result.residuals);
}

std::string FailedTable(const ScalingResult& result) {
  using Row = FailedRun;
  return Table<Row>("runs that failed",
                    {{"ranks", true, [](const Row& f) { return std::to_string(f.ranks); }},
                     {"repeat", true, [](const Row& f) { return std::to_string(f.repeat); }},
                     {"why", false, [](const Row& f) { return EscapeHtml(f.why); }}},
                    result.failed);
}

std::string FactsTable(const ScalingResult& result) {
  using Row = std::pair<std::string, std::string>;
  std::vector<Row> rows = {{"command", result.command}, {"machine", result.machine},
                           {"date", result.date},       {"ranks as", result.launcher},
                           {"hosts", result.hosts},     {"gradients", result.model_form}};
  std::erase_if(rows, [](const Row& row) { return row.second.empty(); });
  return Table<Row>("how it was measured",
                    {{"what", false, [](const Row& row) { return EscapeHtml(row.first); }},
                     {"value", false, [](const Row& row) { return EscapeHtml(row.second); }}},
                    rows);
}

}  // namespace lockstep
