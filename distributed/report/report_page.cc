#include "distributed/report/report_page.h"

#include <array>

#include "core/base/file.h"
#include "distributed/report/confusion.h"
#include "distributed/report/escape.h"
#include "distributed/report/headline.h"
#include "distributed/report/page_assets.h"
#include "distributed/report/page_data.h"
#include "distributed/report/page_template.h"
#include "distributed/report/text_summary.h"

namespace lockstep {
namespace {

std::string Title(const std::vector<RunReport>& runs) {
  std::string title;
  for (const std::string& label : RunLabels(runs)) title += (title.empty() ? "" : ", ") + label;
  return title + " - lockstep report";
}

}  // namespace

StatusOr<std::string> RenderReport(const std::vector<RunReport>& runs) {
  if (runs.empty()) return UsageError("report: expected at least one run folder");
  for (const RunReport& run : runs) {
    if (!run.predictions) continue;
    LOCKSTEP_RETURN_IF_ERROR(Annotate(CheckPredictions(*run.predictions), run.folder));
  }
  const std::string title = EscapeHtml(Title(runs));
  const std::string summary = EscapeHtml(TextSummary(runs));
  const std::string data = EscapeScriptJson(PageJson(runs));
  const std::array<Filling, 6> fillings = {{{"title", title},
                                            {"style", kPageStyle},
                                            {"summary", summary},
                                            {"chart_js", kChartJs},
                                            {"data", data},
                                            {"script", kPageScript}}};
  return FillPage(kPageHtml, fillings);
}

Status WriteReport(const std::vector<RunReport>& runs, const std::string& path) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string page, RenderReport(runs));
  return WriteFileAtomically(path, page);
}

}  // namespace lockstep
