// report.html: one file with everything in it (script, style, data, pictures), so that it opens
// without a network and can be sent as it is.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_REPORT_PAGE_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_REPORT_PAGE_H_

#include <string>
#include <vector>

#include "core/base/status.h"
#include "distributed/report/report_data.h"

namespace lockstep {

// The page's HTML. The same runs give the same bytes. Errors: UsageError without a run; BugError
// if predictions do not fit together.
StatusOr<std::string> RenderReport(const std::vector<RunReport>& runs);

// RenderReport into a file, replaced atomically. Errors: also CannotWriteError, IoError.
Status WriteReport(const std::vector<RunReport>& runs, const std::string& path);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_REPORT_PAGE_H_
