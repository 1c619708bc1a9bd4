// The rules of one layer's settings.
#ifndef LOCKSTEP_CORE_CONFIG_CHECK_LAYER_H_
#define LOCKSTEP_CORE_CONFIG_CHECK_LAYER_H_

#include <string>

#include "core/base/status.h"
#include "proto/config.pb.h"

namespace lockstep {

// Errors: UsageError "layer `name`: setting: ...".
Status CheckLayer(const std::string& name, const LayerConfig& layer);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_CONFIG_CHECK_LAYER_H_
