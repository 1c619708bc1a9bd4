// The few numbers that tell how a run went.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_HEADLINE_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_HEADLINE_H_

#include <string>
#include <vector>

#include "distributed/report/report_data.h"

namespace lockstep {

// One number: "val_accuracy", "0.8912", "best 0.8934 at epoch 9".
struct HeadlineItem {
  std::string label;
  std::string value;
  std::string note;  // may be empty
};

// Final and best value of each validation metric (of the training metrics if there is no
// validation), test metrics, then time, speed, ranks, size and weights_hash; of a cross-validation
// the mean curve's. The same numbers in the page and in its text form.
std::vector<HeadlineItem> Headline(const RunReport& run);

// The name of each run, made distinct by the folder where two have the same.
std::vector<std::string> RunLabels(const std::vector<RunReport>& runs);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_HEADLINE_H_
