// What a config's layers are called.
#ifndef LOCKSTEP_CORE_CONFIG_LAYER_NAMES_H_
#define LOCKSTEP_CORE_CONFIG_LAYER_NAMES_H_

#include <string>
#include <vector>

#include "proto/config.pb.h"

namespace lockstep {

// In `input`: the network's own input.
constexpr const char* kInputName = "input";

// "dense", "activation" ...: the config's name of the layer's kind; "" if none is set.
std::string LayerKind(const LayerConfig& layer);

// Every layer's name: its own, or kind and count as Keras has it (dense, dense_1, ...).
std::vector<std::string> DefaultLayerNames(const ModelConfig& model);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_CONFIG_LAYER_NAMES_H_
