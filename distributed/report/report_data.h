// What report.html shows of a run: plain values that read_run fills from the run folder and the
// caller completes with predictions. A number that a file has as null (NaN, Inf) is NaN here.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_REPORT_DATA_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_REPORT_DATA_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lockstep {

// Name -> one value per epoch.
using Curves = std::map<std::string, std::vector<double>>;

// One point of the curve over steps: the mean of the steps since the last one, up to `step`.
struct StepPoint {
  int64_t step = 0;
  double loss = 0;
  double learning_rate = 0;
};

// The curve over steps, thinned out to a length that a page can draw.
struct StepCurve {
  std::vector<StepPoint> points;
  int64_t steps_per_point = 1;
  // Mean milliseconds of a step by phase ("forward"), of rank 0 and of the slowest rank.
  std::vector<std::pair<std::string, double>> rank_0_ms;
  std::vector<std::pair<std::string, double>> slowest_ms;
};

// Milliseconds by part of a step, in the order of a step; they add up to it.
using PartsMs = std::vector<std::pair<std::string, double>>;

// An epoch of timing.json.
struct EpochTime {
  int64_t epoch = 0;
  std::string verdict;              // what kept its steps from being faster
  std::vector<PartsMs> ranks_ms;  // of each rank's mean step
};

// A fact of summary.json; nested objects give names with dots: "test.accuracy".
struct Fact {
  std::string name;
  std::string text;              // as a person reads it
  std::optional<double> number;  // if it is one
};

// K-fold cross-validation: every list has one value per epoch.
struct CrossValidation {
  int64_t folds = 0;
  std::string metric;  // the curve that matters most; a key of both maps
  std::map<std::string, std::vector<std::vector<double>>> per_fold;  // [folds][epochs]
  Curves mean;
};

// An image, 8 bits per channel. A sample without a picture has height 0.
struct Picture {
  int64_t height = 0;
  int64_t width = 0;
  int64_t channels = 0;         // 1: grey (255 is white), 3: RGB, 4: RGBA
  std::vector<uint8_t> pixels;  // [height, width, channels]
};

// A sample that the page shows, by picture or by text.
struct ShownSample {
  int64_t index = 0;  // row of Predictions
  Picture picture;
  std::string text;
};

// The network's outputs for a test set.
struct Predictions {
  int64_t count = 0;                     // samples
  int64_t outputs = 1;                   // per sample; 1 with 2 classes is a sigmoid
  int64_t classes = 0;                   // 0: a regression
  std::vector<std::string> class_names;  // [classes], or empty: the numbers are shown
  std::vector<float> values;             // [count, outputs]
  std::vector<int32_t> labels;           // [count] when classes > 0
  std::vector<float> targets;            // [count, outputs] when classes == 0
  std::vector<ShownSample> samples;      // a fair choice, say the first of the set
  std::vector<ShownSample> mistakes;     // what MostConfidentMistakes names
};

// One run, or one cross-validation.
struct RunReport {
  std::string name;
  std::string folder;
  std::string config_text;
  Curves history;
  StepCurve steps;
  std::vector<EpochTime> timing;
  std::vector<Fact> summary;  // empty: the run has not finished
  std::optional<CrossValidation> crossval;
  std::optional<Predictions> predictions;
};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_REPORT_DATA_H_
