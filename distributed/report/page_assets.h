// The page's files, put into the program when it is built.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_PAGE_ASSETS_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_PAGE_ASSETS_H_

#include <string_view>

namespace lockstep {

extern const std::string_view kPageHtml;    // page/page.html, with {{places}} to be filled
extern const std::string_view kPageStyle;   // page/style.css
extern const std::string_view kPageScript;  // page/*.js, one after the other
extern const std::string_view kScalingHtml;   // page/scaling.html, with {{places}}
extern const std::string_view kScalingStyle;  // page/scaling.css, after page/style.css
extern const std::string_view kChartJs;     // Chart.js, minified, with its licence line

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_PAGE_ASSETS_H_
