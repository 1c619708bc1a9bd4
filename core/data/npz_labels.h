// Class labels of the known sets, kept as an array of an .npz file.
#ifndef LOCKSTEP_CORE_DATA_NPZ_LABELS_H_
#define LOCKSTEP_CORE_DATA_NPZ_LABELS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/data/formats/npz_reader.h"

namespace lockstep {

// The array `name`, at least one label, each of 0 .. classes-1. Errors: BadDataError.
StatusOr<std::vector<int32_t>> ReadNpzLabels(const NpzReader& file, const std::string& name,
                                             int64_t classes);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_NPZ_LABELS_H_
