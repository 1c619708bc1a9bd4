#include "distributed/report/scaling_page.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "core/base/file.h"
#include "distributed/report/escape.h"
#include "distributed/report/page_assets.h"
#include "distributed/report/page_template.h"
#include "distributed/report/scaling_figures.h"
#include "distributed/report/scaling_tables.h"
#include "distributed/scaling/model_miss.h"

namespace lockstep {
namespace {

// The sizes in which a picture stands: in a page, on a telephone, in a file.
constexpr PictureForm kWide{.width = 600, .height = 400, .inks = InkSet::kPage};
constexpr PictureForm kNarrow{.width = 360, .height = 330, .inks = InkSet::kPage};
constexpr PictureForm kFile{.width = 600, .height = 400, .inks = InkSet::kPaper};

// The same as wide as the picture wants to be.
PictureForm Sized(PictureForm form, const Figure& figure) {
  form.width = figure.width;
  return form;
}

std::string Download(const std::string& file, const char* type, const std::string& content,
                     const char* words) {
  return absl::StrFormat("<a download=\"%s\" href=\"data:%s;base64,%s\">%s</a>", file, type,
                         absl::Base64Escape(content), words);
}

std::string FigureHtml(const Figure& figure) {
  const std::string caption = figure.caption.empty() ? "" : EscapeHtml(figure.caption) + " ";
  return absl::StrFormat(
      "<figure class=\"picture\">\n<figcaption>%s</figcaption>\n<div class=\"wide\">%s</div>\n"
      "<div class=\"narrow\">%s</div>\n<p class=\"quiet\">%s%s %s</p>\n</figure>\n",
      EscapeHtml(figure.title), figure.draw(Sized(kWide, figure)), figure.draw(kNarrow), caption,
      Download(figure.name + ".svg", "image/svg+xml", figure.draw(Sized(kFile, figure)), "SVG"),
      Download(figure.name + ".csv", "text/csv", figure.csv, "CSV"));
}

// A section, unless it is empty.
std::string Section(std::string_view title, const std::string& content) {
  if (content.empty()) return "";
  return absl::StrFormat("<section><h2>%s</h2>\n%s</section>\n", title, content);
}

// Those pictures whose name is among `names`, beside each other where there is room.
std::string Pictures(const std::vector<Figure>& figures, std::span<const std::string_view> names) {
  std::string html;
  for (const Figure& figure : figures) {
    if (std::ranges::find(names, figure.name) != names.end()) html += FigureHtml(figure);
  }
  return html.empty() ? "" : "<div class=\"pictures\">\n" + html + "</div>\n";
}

std::string Note(const std::string& text) {
  return "<p class=\"note\"><strong>Note:</strong> " + EscapeHtml(text) + "</p>\n";
}

// The conclusion, and what limits it.
std::string Opening(const ScalingResult& result) {
  std::string html;
  if (!result.conclusion.empty()) {
    html += "<p class=\"conclusion\">" +
            EscapeHtml(absl::StrReplaceAll(result.conclusion, {{"+-", "\u00b1"}})) + "</p>\n";
  }
  if (!result.conclusive) {
    html += Note("More repeats (--repeats) with nothing else on the machine would tell.");
  }
  if (const std::string miss = ModelMiss(result); !miss.empty()) html += Note(miss);
  if (!result.failed.empty()) {
    html += Note(absl::StrFormat("%d of the runs failed and %s not count; see below.",
                                 result.failed.size(), result.failed.size() == 1 ? "does" : "do"));
  }
  html += absl::StrFormat("<p class=\"quiet\">%s %s, <time>%s</time>.</p>\n",
                          result.weak
                              ? "Weak scaling: the batch grows with the ranks."
                              : "Strong scaling: the batch is the same for every number of ranks.",
                          EscapeHtml(result.machine), EscapeHtml(result.date));
  return html;
}

std::string Titled(const char* title, const std::string& table) {
  return table.empty() ? "" : absl::StrFormat("<h3>%s</h3>\n", title) + table;
}

// With what the bound of overlap is, for those who have not met it.
std::string Overlap(const ScalingResult& result) {
  const std::string table = OverlapTable(result);
  if (table.empty()) return "";
  return Titled("Overlap with backward, and the verdict",
                "<p class=\"quiet\">Overlap bound: from the moment at which the first bucket is "
                "ready, what no order of the same transfers beats.</p>\n" +
                    table);
}

std::string Body(const ScalingResult& result, const std::vector<Figure>& figures) {
  constexpr std::array<std::string_view, 2> kCurves = {"scaling_speedup", "scaling_efficiency"};
  constexpr std::array<std::string_view, 2> kBars = {"scaling_breakdown", "scaling_shares"};
  constexpr std::array<std::string_view, 1> kTimeline = {"scaling_timeline"};
  const std::string curves = Pictures(figures, kCurves) +
                             Titled("Measured", MeasuredTable(result)) +
                             Titled("Predicted", PredictedTable(result));
  const std::string model =
      TermsTable(result) + Titled("What they leave unexplained", ResidualsTable(result));
  return Opening(result) + Section("Speed-up and efficiency", curves) +
         Section("Where a step\u2019s time goes", Pictures(figures, kBars) + Overlap(result)) +
         Section("One step and its buckets", Pictures(figures, kTimeline)) +
         Section("What would change", WhatIfTable(result)) +
         Section("The model\u2019s terms", model) +
         Section("How it was measured",
                 FactsTable(result) + Titled("Runs that failed", FailedTable(result)));
}

std::string Render(const ScalingResult& result, const std::vector<Figure>& figures) {
  const std::string title = EscapeHtml(result.name + " - scaling");
  const std::string body = Body(result, figures);
  const std::array<Filling, 4> fillings = {
      {{"title", title}, {"style", kPageStyle}, {"scaling_style", kScalingStyle}, {"body", body}}};
  return FillPage(kScalingHtml, fillings);
}

}  // namespace

std::string RenderScalingPage(const ScalingResult& result) {
  return Render(result, ScalingFigures(result));
}

Status WriteScalingPage(const ScalingResult& result, const std::string& folder) {
  const std::vector<Figure> figures = ScalingFigures(result);
  for (const Figure& figure : figures) {
    LOCKSTEP_RETURN_IF_ERROR(WriteFileAtomically(JoinPath(folder, figure.name + ".svg"),
                                                 figure.draw(Sized(kFile, figure))));
    LOCKSTEP_RETURN_IF_ERROR(
        WriteFileAtomically(JoinPath(folder, figure.name + ".csv"), figure.csv));
  }
  return WriteFileAtomically(JoinPath(folder, "scaling.html"), Render(result, figures));
}

}  // namespace lockstep
