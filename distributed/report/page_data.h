// The runs as the JSON that the page's script draws.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_PAGE_DATA_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_PAGE_DATA_H_

#include <string>
#include <vector>

#include "distributed/report/report_data.h"

namespace lockstep {

// ASCII JSON; bytes that are not UTF-8 become U+FFFD, NaN and Inf null. An object with
// "smoothing" {factor, start}, "differences" (of the configs) and "runs", each with label, folder,
// finished, headline, facts, config, history, steps, timing, crossval or null, predictions or null.
// The script page/*.js is its only reader. REQUIRES: each run's predictions pass CheckPredictions.
std::string PageJson(const std::vector<RunReport>& runs);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_PAGE_DATA_H_
