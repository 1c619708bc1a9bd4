// A finished scaling experiment (`lockstep scale`): what was measured with 1, 2, 4 ... ranks, the
// model fitted on it and what that predicts. Plain values, and their file scaling.json.
//
// In the file a value that is not known is null, and NaN here. Milliseconds are of one optimizer
// step; shares and efficiencies are 1 where all is well.
#ifndef LOCKSTEP_DISTRIBUTED_SCALING_SCALING_RESULT_H_
#define LOCKSTEP_DISTRIBUTED_SCALING_SCALING_RESULT_H_

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace lockstep {

inline constexpr double kNotKnown = std::numeric_limits<double>::quiet_NaN();

// A value and the interval that holds it; where the ends are not known, NaN.
struct Estimate {
  double value = kNotKnown;
  double low = kNotKnown;
  double high = kNotKnown;
};

// The parts of a step, mean over ranks; they sum to the step.
struct StepParts {
  double input_ms = 0;
  double forward_ms = 0;
  double backward_ms = 0;
  double transfer_ms = 0;  // of gradients, what backward does not hide
  double wait_ms = 0;      // for ranks that come later
  double optimizer_ms = 0;

  double total_ms() const;
};

// A part with its name in timing.json and scaling.json (and "_ms") and in words.
struct NamedStepPart {
  const char* name;
  const char* words;
  double StepParts::*ms;
};
inline constexpr std::array<NamedStepPart, 6> kStepParts = {{
    {"input", "input", &StepParts::input_ms},
    {"forward", "forward", &StepParts::forward_ms},
    {"backward", "backward", &StepParts::backward_ms},
    {"transfer", "exposed transfer", &StepParts::transfer_ms},
    {"wait", "waiting for late ranks", &StepParts::wait_ms},
    {"optimizer", "optimizer", &StepParts::optimizer_ms},
}};

// One number of ranks, as measured.
struct MeasuredRanks {
  int ranks = 1;
  int hosts = 1;
  int64_t batch = 0;  // over all ranks
  int64_t steps = 0;  // of each repeat
  std::vector<double> repeat_samples_per_second;  // NaN: that run failed
  std::vector<double> repeat_step_ms;             // each the median of its steps
  Estimate samples_per_second;
  Estimate step_ms;
  Estimate speedup;     // against base_ranks, of the runs of the same round
  Estimate efficiency;  // speedup * base_ranks / ranks
  Estimate cost;        // rank-seconds of 1000 samples
  StepParts parts;      // of the repeat with the median step
  double overlap_bound_ms = kNotKnown;    // since the first bucket is ready: what no order of the
                                          // same transfers beats
  double overlap_reached_ms = kNotKnown;  // what it took, from there
  std::string cause;    // of the verdict: "none", "communication" ...
  std::string verdict;  // the sentence
};

// A run that failed.
struct FailedRun {
  int ranks = 1;
  int repeat = 1;  // counted from 1
  std::string why;
};

// A term of the fitted model.
struct FittedTerm {
  std::string name;  // "link_bandwidth"
  Estimate estimate;
  std::string unit;     // "MB/s"
  std::string meaning;  // "of one link, as sums over ranks use it"
  bool fitted = true;   // false: nothing measured tells; it is what is assumed
};

// What the model leaves unexplained of one part.
struct Residual {
  int ranks = 1;
  std::string part;  // "compute", "transfer", "wait" ...
  double measured_ms = 0;
  double fitted_ms = 0;
};

// One number of ranks, as the model has it.
struct PredictedRanks {
  int ranks = 1;
  int hosts = 1;
  int64_t batch = 0;
  bool measured = false;  // the model was fitted on it
  Estimate samples_per_second;
  Estimate step_ms;
  Estimate speedup;     // against base_ranks
  Estimate efficiency;  // speedup * base_ranks / ranks
  StepParts parts;
  std::string dominant;  // "compute", or the largest loss: "transfer", "stragglers" ...
};

// What one change would bring.
struct ScalingWhatIf {
  std::string change;  // "network 4 times as fast"
  int ranks = 1;
  Estimate step_ms;
  double speedup = kNotKnown;
  double efficiency = kNotKnown;
  std::string dominant;  // then
};

// A phase of one rank in the step that is drawn.
struct PhaseSpanMs {
  std::string phase;  // NamedStepPart::name
  double begin_ms = 0;
  double end_ms = 0;
};

// A bucket in the step that is drawn.
struct BucketSpanMs {
  int64_t bytes = 0;
  double ready_ms = 0;  // on all ranks
  double begin_ms = 0;  // of its transfer: ready, and the one before is through
  double end_ms = 0;
};

// A step for a drawing, with its begin at 0.
struct DrawnStep {
  int ranks = 0;     // 0: there is none
  int64_t step = 0;  // of the run, from 1; 0: means of the run's steps
  std::vector<std::vector<PhaseSpanMs>> phases;  // [ranks]
  std::vector<BucketSpanMs> buckets;
};

// Of scaling.json; grows when a field changes its meaning or goes.
inline constexpr int kScalingFormat = 1;

struct ScalingResult {
  // What was measured, and where.
  std::string name;      // of the config
  std::string machine;   // "AMD EPYC ..., 2 cores"
  std::string date;      // "2026-11-25 09:30:00 UTC"
  std::string command;   // that measures it again
  bool weak = false;     // the batch grows with the ranks
  std::string launcher;  // "threads", "mpirun"
  std::string hosts;     // "h1:2,h2:2"; "" for this one
  int repeats = 0;
  int base_ranks = 1;         // the smallest number of ranks, at which the speed-up is 1
  double interval_level = 0;  // of measured values: the median's, from the repeats' order
  std::vector<MeasuredRanks> measured;  // by ascending ranks
  std::vector<FailedRun> failed;

  // What it comes to.
  std::string conclusion;     // one sentence
  bool conclusive = false;    // false: the noise is larger than the differences
  double noise_share = 0;     // half of the widest interval of samples/s, as a share of it

  // The model: 90 % intervals.
  double model_level = 0.9;
  std::string model_form;  // "tree over threads": how gradients are summed
  std::vector<FittedTerm> terms;  // empty where nothing could be fitted
  std::vector<Residual> residuals;
  std::vector<PredictedRanks> predicted;  // by ascending ranks
  std::vector<ScalingWhatIf> what_ifs;
  DrawnStep drawn;
};

// The same value gives the same bytes.
std::string ScalingJson(const ScalingResult& result);

// Errors: BadDataError "FILE: ..." naming the field, or the format where that is another one.
StatusOr<ScalingResult> ParseScalingJson(std::string_view text, const std::string& file);

// A line per number of ranks, measured and predicted.
std::string ScalingCsv(const ScalingResult& result);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_SCALING_RESULT_H_
