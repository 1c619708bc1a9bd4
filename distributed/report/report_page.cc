#include "distributed/report/report_page.h"

#include <array>
#include <string_view>
#include <utility>

#include "core/base/check.h"
#include "core/base/file.h"
#include "distributed/report/confusion.h"
#include "distributed/report/escape.h"
#include "distributed/report/headline.h"
#include "distributed/report/page_assets.h"
#include "distributed/report/page_data.h"
#include "distributed/report/text_summary.h"

namespace lockstep {
namespace {

using Filling = std::pair<std::string_view, std::string_view>;  // name of a place, its text

// Replaces each {{name}} of `page` in one pass, so that what is filled in is never searched.
std::string Filled(std::string_view page, const std::array<Filling, 6>& fillings) {
  std::string out;
  for (;;) {
    const size_t begin = page.find("{{");
    out += page.substr(0, begin);
    if (begin == std::string_view::npos) return out;
    const size_t end = page.find("}}", begin);
    LOCKSTEP_CHECK(end != std::string_view::npos, "page.html: {{ without }}");
    const std::string_view name = page.substr(begin + 2, end - begin - 2);
    bool known = false;
    for (const auto& [place, text] : fillings) {
      if (place != name) continue;
      out += text;
      known = true;
    }
    LOCKSTEP_CHECK(known, "page.html: {{%.*s}} is no known place", static_cast<int>(name.size()),
                   name.data());
    page.remove_prefix(end + 2);
  }
}

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
  return Filled(kPageHtml, {{{"title", title},
                             {"style", kPageStyle},
                             {"summary", summary},
                             {"chart_js", kChartJs},
                             {"data", data},
                             {"script", kPageScript}}});
}

Status WriteReport(const std::vector<RunReport>& runs, const std::string& path) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string page, RenderReport(runs));
  return WriteFileAtomically(path, page);
}

}  // namespace lockstep
