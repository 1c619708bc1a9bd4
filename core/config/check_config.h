// The rules a config must keep that need no data: ranges, required settings, names.
#ifndef LOCKSTEP_CORE_CONFIG_CHECK_CONFIG_H_
#define LOCKSTEP_CORE_CONFIG_CHECK_CONFIG_H_

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "proto/config.pb.h"

namespace lockstep {

// Names of runs and layers are not longer.
constexpr size_t kMaxNameBytes = 100;
// In `input`: the network's own input.
constexpr const char* kInputName = "input";

// "dense", "activation" ...: the config's name of the layer's kind; "" if none is set.
std::string LayerKind(const LayerConfig& layer);

// Every layer's name: its own, or kind and count as Keras has it (dense, dense_1, ...).
std::vector<std::string> DefaultLayerNames(const ModelConfig& model);

// Errors: UsageError naming the setting, what was found and what was expected.
Status CheckConfig(const Config& config);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_CONFIG_CHECK_CONFIG_H_
