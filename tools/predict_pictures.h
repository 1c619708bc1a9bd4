// Predictions of picture files by a run's network.
#ifndef LOCKSTEP_TOOLS_PREDICT_PICTURES_H_
#define LOCKSTEP_TOOLS_PREDICT_PICTURES_H_

#include <string>
#include <vector>

#include "core/base/status.h"

namespace lockstep {

struct PicturePredictions {
  std::string run_folder;
  std::vector<std::string> files;
  bool invert = false;  // dark on light becomes light on dark, as MNIST has it
};

// Prints for each file its path and the most probable classes. A file that cannot be read is told
// on stderr and the others go on. Errors: the first file's that could not be read, at the end;
// UsageError for a run whose network takes no pictures.
Status PredictPictures(const PicturePredictions& wanted);

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_PREDICT_PICTURES_H_
