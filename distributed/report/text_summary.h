// The report in a few lines of text.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_TEXT_SUMMARY_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_TEXT_SUMMARY_H_

#include <string>
#include <vector>

#include "distributed/report/report_data.h"

namespace lockstep {

// Each run's headline, one number per line, no line longer than 80 columns (bytes, for other than
// ASCII text); control characters of names are left out.
std::string TextSummary(const std::vector<RunReport>& runs);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_TEXT_SUMMARY_H_
