#include "core/data/npz_labels.h"

#include "absl/strings/str_format.h"

namespace lockstep {

StatusOr<std::vector<int32_t>> ReadNpzLabels(const NpzReader& file, const std::string& name,
                                             int64_t classes) {
  LOCKSTEP_ASSIGN_OR_RETURN(const NpyArray array, file.Read(name));
  LOCKSTEP_ASSIGN_OR_RETURN(std::vector<int32_t> labels, NpyToInts(array));
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= 0 && labels[i] < classes) continue;
    return BadDataError(absl::StrFormat("%s: label %d of sample %d, expected 0 to %d", array.name,
                                        labels[i], i, classes - 1));
  }
  if (labels.empty()) return BadDataError(array.name + ": empty, expected one label a sample");
  return labels;
}

}  // namespace lockstep
