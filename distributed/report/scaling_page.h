// scaling.html: what more ranks bring, as one file with everything in it and no script, and its
// pictures as files of their own: what `lockstep report --scaling` writes.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_SCALING_PAGE_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_SCALING_PAGE_H_

#include <string>

#include "core/base/status.h"
#include "distributed/scaling/scaling_result.h"

namespace lockstep {

// The page's HTML. The same result gives the same bytes.
std::string RenderScalingPage(const ScalingResult& result);

// Writes scaling.html into `folder`, and beside it each picture as scaling_NAME.svg and its numbers
// as scaling_NAME.csv. Errors: CannotWriteError, IoError.
Status WriteScalingPage(const ScalingResult& result, const std::string& folder);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_SCALING_PAGE_H_
