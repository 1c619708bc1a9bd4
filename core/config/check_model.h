// The rules of a model and its layers that need no data.
#ifndef LOCKSTEP_CORE_CONFIG_CHECK_MODEL_H_
#define LOCKSTEP_CORE_CONFIG_CHECK_MODEL_H_

#include <string>

#include "core/base/status.h"
#include "proto/config.pb.h"

namespace lockstep {

// Names of runs and layers are not longer.
constexpr size_t kMaxNameBytes = 100;

// Of a run or a layer, which are parts of file names and of "LAYER/kernel". Errors: UsageError.
Status CheckName(const std::string& where, const std::string& name);

// Errors: UsageError naming the layer or setting, what was found and what was expected.
Status CheckModel(const ModelConfig& model);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_CONFIG_CHECK_MODEL_H_
