// The lines that tell how a training goes.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_PROGRESS_TEXT_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_PROGRESS_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lockstep {

// A metric of an epoch by its name in history.json.
struct EpochMetric {
  std::string name;
  double value = 0;
  std::optional<double> validation;
};

// How far an epoch is.
struct EpochProgress {
  int64_t epoch = 1;
  int64_t epochs = 1;
  int64_t step = 1;   // in the epoch
  int64_t steps = 1;  // of an epoch
  double loss = 0;
  double samples_per_second = 0;
  double seconds_left = 0;  // of the whole training
};

// "epoch  3/10  loss 0.3755 val 0.3530  accuracy 0.8628 val 0.8695  104k samples/s". Where it would
// not fit into `columns` (0: any length does), names are shortened, then the last metrics left out.
std::string EpochLine(int64_t epoch, int64_t epochs, const std::vector<EpochMetric>& metrics,
                      double samples_per_second, int columns);

// "epoch  3/10  step 120/540  loss 0.3755  104k samples/s  12 s left", cut to `columns` - 1.
std::string ProgressLine(const EpochProgress& progress, int columns);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_PROGRESS_TEXT_H_
