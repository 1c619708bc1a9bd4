// The measurements of `lockstep scale`: each number of ranks as a training of its own, in
// interleaved rounds. Every run's folder stays, so that a model can be fitted again without
// measuring, and nothing is lost where a run fails.
#ifndef LOCKSTEP_TOOLS_SCALE_RUNS_H_
#define LOCKSTEP_TOOLS_SCALE_RUNS_H_

#include <string>
#include <vector>

#include "core/base/status.h"
#include "distributed/scaling/experiment.h"
#include "proto/config.pb.h"

namespace lockstep {

// What is measured.
struct ScalePlan {
  Config config;
  std::vector<int> ranks;  // ascending
  bool weak = false;
  bool processes = false;  // under mpirun
  std::string hosts;       // "h1:2,h2:2"; "": this one
  int repeats = 5;
  double seconds = 2;      // of steps in a run, about
  std::string folder;
};

struct ScaleRuns {
  RunsByRanks runs;
  std::vector<FailedRun> failed;
  Status last_failure;
};

// A host with its slots.
struct HostSlots {
  std::string name;
  int slots = 1;
};

// "h1:2,h2:2". Errors: UsageError naming the part that is wrong.
StatusOr<std::vector<HostSlots>> ParseHosts(const std::string& text);

// What is trained with `ranks` ranks for `steps` steps: without validation, the batch and the
// micro-batches as the plan has them.
Config ConfigOfRun(const ScalePlan& plan, int ranks, int64_t steps);

// Measures all rounds and says how far it is. A failed run is noted and the others go on; a
// request to stop (Ctrl-C) ends it with what there is. Errors: CannotWriteError.
Status Measure(const ScalePlan& plan, ScaleRuns* out);

// The runs that Measure left in `folder`, of these numbers of ranks, or of all (none given).
// Errors: MissingInputError.
StatusOr<RunsByRanks> ReadRuns(const std::string& folder, const std::vector<int>& ranks);

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_SCALE_RUNS_H_
