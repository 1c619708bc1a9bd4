// The rules a config must keep that need no data: ranges, required settings, names.
#ifndef LOCKSTEP_CORE_CONFIG_CHECK_CONFIG_H_
#define LOCKSTEP_CORE_CONFIG_CHECK_CONFIG_H_

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "proto/config.pb.h"

namespace lockstep {

// Errors: UsageError naming the setting, what was found and what was expected.
Status CheckConfig(const Config& config);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_CONFIG_CHECK_CONFIG_H_
